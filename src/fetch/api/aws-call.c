/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/aws-call.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "fetch/api/aws-error.h"
#include "fetch/api/identity-endpoint.h"
#include "fetch/api/retry.h"
#include "http/backoff.h"

#define SKEW_SECONDS 240 /* the Go SDK's threshold for blaming the clock for a bad signature */
#define MAX_SENT (AWS_CALL_MAX_HEADERS + 4)

/* One quota for all calls: if everything fails at once, not every call is tried three times. */
static struct retry_quota quota = {RETRY_QUOTA_INITIAL};
static pthread_mutex_t quota_lock = PTHREAD_MUTEX_INITIALIZER;

/* A call, and what its attempts share. */
struct exchange {
	const struct aws_call *call;
	char url[ENDPOINT_URL_MAX_SIZE + 2048];
	char host[HOST_NAME_MAX_SIZE + 8]; /* with the port, unless it is the scheme's default */
	char path[1024];                   /* the endpoint's path, if any, and the call's */
	char signing_region[REGION_MAX_SIZE];
	int64_t skew;
	struct identity_endpoint configured;
	bool is_local; /* is_local_host() */
};

static void exchange_done(struct exchange *x)
{
	identity_endpoint_done(&x->configured);
}

/* Loopback and link-local addresses, including AWS's own, are never reached through a proxy. */
static bool is_local_host(const char *host)
{
	static const char *const beginnings[] = {"[::1]", "[fe80:", "[fd00:ec2:", "localhost:"};

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (strncasecmp(host, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	if (strcasecmp(host, "localhost") == 0)
		return true;
	return host[strspn(host, "0123456789.:")] == '\0' &&
	       (strncmp(host, "127.", 4) == 0 || strncmp(host, "169.254.", 8) == 0);
}

/* Splits the endpoint: the signature covers its host and path. */
static int split_endpoint(struct exchange *x, const char *url, struct reason *ret_reason)
{
	bool is_https = strncmp(url, "https://", 8) == 0;
	const char *host = url + (is_https ? 8 : 7), *base = strchrnul(host, '/');
	const char *port = is_https ? ":443" : ":80", *query = x->call->query;
	size_t n = (size_t)(base - host), n_base = strlen(base);

	while (n_base > 0 && base[n_base - 1] == '/')
		n_base--;
	if (n >= sizeof(x->host) || n_base + strlen(x->call->path) >= sizeof(x->path) ||
	        (query && strlen(query) > 2000))
		return reason_set(ret_reason, EINVAL, "bad-endpoint", "%s: too long", url);
	snprintf(x->host, sizeof(x->host), "%.*s", (int)n, host);
	snprintf(x->path, sizeof(x->path), "%.*s%s", (int)n_base, base, x->call->path);
	snprintf(x->url, sizeof(x->url), "%.*s%s%s%s", (int)(base - url), url,
	        strcmp(x->path, "/") == 0 && !query ? "" : x->path, query ? "?" : "",
	        query ? query : "");
	if (n > strlen(port) && strcmp(x->host + n - strlen(port), port) == 0)
		x->host[n - strlen(port)] = '\0';
	return 0;
}

static int open_exchange(const struct aws_call *call, struct exchange *x, struct reason *ret_reason)
{
	struct endpoint endpoint = {};
	const struct identity_endpoint *configured = &x->configured;
	int r = identity_endpoint(call->identity, call->service, call->fips, call->dualstack,
	        &x->configured, ret_reason);

	x->call = call;
	if (r < 0)
		return r;
	if (*configured->url)
		snprintf(endpoint.signing_region, sizeof(endpoint.signing_region), "%s",
		        call->region ? call->region : "");
	else
		r = endpoint_resolve(call->service, call->partition, call->region, configured->fips,
		        configured->dualstack, &endpoint, ret_reason);
	if (r == 0)
		r = split_endpoint(
		        x, *configured->url ? configured->url : endpoint.url, ret_reason);
	memcpy(x->signing_region, endpoint.signing_region, sizeof(x->signing_region));
	x->is_local = is_local_host(x->host);
	return r;
}

static void format_date(int64_t t, char buffer[static 20])
{
	time_t seconds = (time_t)t;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(buffer, 20, "%Y%m%dT%H%M%SZ", &tm);
}

/* Adds the headers that a signature needs, dated by the service's clock, and the signature. */
static int sign(const struct exchange *x, struct http_header headers[static MAX_SENT], size_t *n,
        char date[static 20], struct secret *authorization)
{
	const struct credentials *c = x->call->credentials;
	struct sigv4_header signed_headers[MAX_SENT];
	struct sigv4_request request = {.method = x->call->method,
	        .path = x->path,
	        .query = x->call->query ? x->call->query : "",
	        .headers = signed_headers,
	        .body = x->call->body,
	        .body_size = x->call->body_size};
	struct sigv4_scope scope = {.date = date,
	        .region = x->signing_region,
	        .service = aws_service_name(x->call->service)};
	int r;

	format_date(timestamp_now() + x->skew, date);
	headers[(*n)++] = (struct http_header){"X-Amz-Date", date};
	if (c && c->session_token.size > 0)
		headers[(*n)++] = (struct http_header){
		        "X-Amz-Security-Token", secret_string(&c->session_token)};
	for (size_t i = 0; i < *n; i++)
		signed_headers[i] = (struct sigv4_header){headers[i].name, headers[i].value};
	request.n_headers = *n;
	if (x->call->signer)
		r = sigv4_authorize_with(&request, &scope, x->call->signer, authorization);
	else
		r = sigv4_authorize(
		        &request, &scope, c->access_key_id, &c->secret_access_key, authorization);
	headers[(*n)++] = (struct http_header){"Authorization", secret_string(authorization)};
	return r;
}

static bool is_signed(const struct aws_call *call)
{
	return call->credentials || call->signer;
}

static int attempt(struct exchange *x, struct http_reply *ret, struct reason *ret_reason)
{
	_secret_ struct secret authorization = {};
	struct http_header headers[MAX_SENT] = {{"Host", x->host}};
	char date[20];
	size_t n = 1;

	for (size_t i = 0; i < x->call->n_headers && i < AWS_CALL_MAX_HEADERS; i++)
		headers[n++] = x->call->headers[i];
	if (is_signed(x->call) && sign(x, headers, &n, date, &authorization) < 0)
		return reason_set(ret_reason, EIO, "signing", "the request could not be signed");
	return http_call(&(struct http_request){.method = x->call->method,
	                         .url = x->url,
	                         .headers = headers,
	                         .n_headers = n,
	                         .body = x->call->body,
	                         .body_size = x->call->body_size,
	                         .deadline = x->call->deadline,
	                         .ca_bundle = x->configured.ca_bundle,
	                         .no_proxy = x->is_local},
	        ret, ret_reason);
}

/* Writes what the operator can do about a refusal. */
static void suggest_fix(const struct aws_call *call, enum aws_error_kind kind, const char *code,
        long status, char *buffer, size_t size)
{
	const char *text = "see the service's API reference for this error";

	if (strncmp(code, "AccessDenied", strlen("AccessDenied")) == 0) {
		if (call->refusal_fix)
			snprintf(buffer, size, "%s", call->refusal_fix);
		else
			snprintf(buffer, size, "allow %s in the IAM policy", call->permission);
		return;
	}
	if (strcmp(code, "UnrecognizedClientException") == 0 ||
	        strcmp(code, "InvalidClientTokenId") == 0)
		text = "the access key does not exist or is inactive: replace it";
	else if (strcmp(code, "ExpiredTokenException") == 0 || strcmp(code, "ExpiredToken") == 0)
		text = call->credentials
		               ? "the session token has expired: provide new credentials"
		               : "the program that writes the token must renew it in time";
	else if (strcmp(code, "InvalidIdentityToken") == 0)
		text = "give the role's account an OIDC provider in IAM for the token's issuer and "
		       "audience";
	else if (kind == AWS_ERROR_SIGNATURE && call->signer)
		text = "check for a proxy that changes requests";
	else if (kind == AWS_ERROR_SIGNATURE)
		text = "the secret access key does not belong to the access key: correct it";
	else if (kind == AWS_ERROR_CLOCK_SKEW)
		text = "correct this machine's clock (timedatectl)";
	else if (kind == AWS_ERROR_TRANSIENT || kind == AWS_ERROR_THROTTLING)
		text = "the next run tries again";
	else if (!*code || status < 400)
		text = "check for a proxy that answers instead of AWS, and AWS_ENDPOINT_URL";
	snprintf(buffer, size, "%s", text);
}

/* Removes the full stop that ends some of AWS's messages. */
static int set_refusal_reason(const struct exchange *x, const struct http_reply *reply,
        enum aws_error_kind kind, const char *code, char *message, struct reason *ret_reason)
{
	size_t n = strlen(message);
	char status[32], what_to_do[256];

	while (n > 0 && (message[n - 1] == '.' || message[n - 1] == ' '))
		message[--n] = '\0';
	snprintf(status, sizeof(status), "HTTP %ld", reply->status);
	suggest_fix(x->call, kind, code, reply->status, what_to_do, sizeof(what_to_do));
	return reason_set(ret_reason, EREMOTEIO, *code ? code : status,
	        "%s answered %s%s%s%s%s; %s", x->url, status, *code ? " " : "", code,
	        *message ? ": " : "", message, what_to_do);
}

/* What follows an attempt. */
enum verdict { VERDICT_DONE, VERDICT_FAILED, VERDICT_RETRY, VERDICT_RESIGN };

/* Reports whether the reply means that the clocks differ, and notes the service's time. */
static bool learn_skew(struct exchange *x, enum aws_error_kind kind, int64_t date)
{
	int64_t skew = date ? date - timestamp_now() : 0;

	if (kind != AWS_ERROR_CLOCK_SKEW && kind != AWS_ERROR_SIGNATURE)
		return false;
	if (kind == AWS_ERROR_SIGNATURE && llabs(skew - x->skew) <= SKEW_SECONDS)
		return false;
	if (skew == x->skew || x->skew != 0)
		return false;
	x->skew = skew;
	return true;
}

static enum verdict judge(
        struct exchange *x, const struct http_reply *reply, struct reason *ret_reason)
{
	char code[64], message[512];
	enum aws_error_kind kind;

	if (reply->status == 200 || reply->status == 201)
		return VERDICT_DONE;
	aws_error_parse(secret_string(&reply->body), reply->body.size,
	        *reply->error_type ? reply->error_type : NULL, code, sizeof(code), message,
	        sizeof(message));
	kind = aws_error_kind(reply->status, code);
	set_refusal_reason(x, reply, kind, code, message, ret_reason);
	if (is_signed(x->call) && learn_skew(x, kind, reply->date))
		return VERDICT_RESIGN;
	return kind == AWS_ERROR_TRANSIENT || kind == AWS_ERROR_THROTTLING ? VERDICT_RETRY
	                                                                   : VERDICT_FAILED;
}

/* A connection that fails or breaks off is tried again; a missing CA bundle is not. */
static enum verdict judge_transport(int error)
{
	return error == -ETIMEDOUT || error == -EPROTO || error == -ENETUNREACH ? VERDICT_RETRY
	                                                                        : VERDICT_FAILED;
}

static bool may_retry(struct retry *retry, uint64_t *ret_delay_usec)
{
	struct retry_policy policy = RETRY_POLICY_STANDARD;
	enum retry_outcome outcome;

	pthread_mutex_lock(&quota_lock);
	outcome = retry_next(retry, &quota, &policy, backoff_random(), ret_delay_usec);
	pthread_mutex_unlock(&quota_lock);
	return outcome == RETRY_REQUEST;
}

static void return_quota(struct retry *retry)
{
	pthread_mutex_lock(&quota_lock);
	retry_succeeded(retry, &quota);
	pthread_mutex_unlock(&quota_lock);
}

int aws_call(const struct aws_call *call, struct aws_reply *ret, struct reason *ret_reason)
{
	_cleanup_(exchange_done) struct exchange x = {};
	struct retry retry = {};
	int r = open_exchange(call, &x, ret_reason);

	if (r < 0)
		return r;
	for (;;) {
		_cleanup_(http_reply_done) struct http_reply reply = {};
		enum verdict verdict;
		uint64_t delay;

		r = attempt(&x, &reply, ret_reason);
		verdict = r < 0 ? judge_transport(r) : judge(&x, &reply, ret_reason);
		ret->skew = x.skew;
		if (verdict == VERDICT_DONE) {
			return_quota(&retry);
			secret_move(&ret->body, &reply.body);
			return 0;
		}
		if (verdict == VERDICT_FAILED)
			return r < 0 ? r : -EREMOTEIO;
		if (verdict == VERDICT_RESIGN)
			continue; /* only once: learn_skew() */
		if (!may_retry(&retry, &delay) || !backoff_wait(delay, call->deadline))
			return r < 0 ? r : -EREMOTEIO;
	}
}

void aws_reply_done(struct aws_reply *r)
{
	secret_done(&r->body);
	*r = (struct aws_reply){};
}

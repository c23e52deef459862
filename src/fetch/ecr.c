/* SPDX-License-Identifier: Apache-2.0 */
#include "ecr.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "../common/alloc.h"
#include "../common/timespan.h"
#include "../common/timestamp.h"
#include "aws-error.h"
#include "endpoint.h"
#include "http.h"
#include "sigv4.h"

#define SKEW_SECONDS 240 /* the Go SDK's threshold for blaming the clock for a bad signature */
#define BODY "{}"

static const char *target(enum aws_service service)
{
	return service == SERVICE_ECR_PUBLIC
	               ? "SpencerFrontendService.GetAuthorizationToken"
	               : "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
}

/* One call with what its attempts share. */
struct exchange {
	const struct ecr_call *call;
	struct endpoint endpoint;
	char host[HOST_NAME_MAX_SIZE + 8]; /* with a port that is not the scheme's */
	char path[1024];
	int64_t skew;
};

/* What the Host header and the canonical request have to agree on. */
static int split_url(struct exchange *x, struct reason *ret_reason)
{
	const char *url = x->endpoint.url;
	bool is_https = strncmp(url, "https://", 8) == 0;
	const char *host = url + (is_https ? 8 : 7), *slash = strchr(host, '/');
	size_t n = slash ? (size_t)(slash - host) : strlen(host);
	const char *port = is_https ? ":443" : ":80";

	if (n >= sizeof(x->host) || (slash && strlen(slash) >= sizeof(x->path)))
		return reason_set(ret_reason, EINVAL, "bad-endpoint", "%s: too long", url);
	snprintf(x->host, sizeof(x->host), "%.*s", (int)n, host);
	if (n > strlen(port) && strcmp(x->host + n - strlen(port), port) == 0)
		x->host[n - strlen(port)] = '\0';
	snprintf(x->path, sizeof(x->path), "%s", slash ? slash : "/");
	return 0;
}

static int open_exchange(const struct ecr_call *call, struct exchange *x, struct reason *ret_reason)
{
	int r = endpoint_configured(
	        call->service, call->fips, call->dualstack, getenv, x->endpoint.url, ret_reason);

	x->call = call;
	if (r < 0)
		return r;
	if (r > 0) {
		snprintf(x->endpoint.signing_region, sizeof(x->endpoint.signing_region), "%s",
		        call->region);
	} else {
		r = endpoint_resolve(call->service, call->partition, call->region, call->fips,
		        call->dualstack, &x->endpoint, ret_reason);
		if (r < 0)
			return r;
	}
	return split_url(x, ret_reason);
}

static void format_date(int64_t t, char buffer[static 20])
{
	time_t seconds = (time_t)t;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(buffer, 20, "%Y%m%dT%H%M%SZ", &tm);
}

/* Signs by the service's clock and sends once. */
static int attempt(struct exchange *x, struct http_reply *ret, struct reason *ret_reason)
{
	const struct credentials *c = x->call->credentials;
	_secret_ struct secret authorization = {};
	char date[20];
	struct sigv4_header headers[6] = {
	        {"Content-Type", "application/x-amz-json-1.1"},
	        {"Host", x->host},
	        {"X-Amz-Date", date},
	        {"X-Amz-Target", target(x->call->service)},
	};
	size_t n = 4;
	struct sigv4_request to_sign = {.method = "POST",
	        .path = x->path,
	        .query = "",
	        .headers = headers,
	        .body = BODY,
	        .body_size = strlen(BODY)};
	struct sigv4_scope scope = {.date = date,
	        .region = x->endpoint.signing_region,
	        .service = aws_service_name(x->call->service)};
	struct http_header sent[7];
	int r;

	format_date(timestamp_now() + x->skew, date);
	if (c->session_token.size > 0)
		headers[n++] = (struct sigv4_header){
		        "X-Amz-Security-Token", secret_string(&c->session_token)};
	to_sign.n_headers = n;
	r = sigv4_authorize(
	        &to_sign, &scope, c->access_key_id, &c->secret_access_key, &authorization);
	if (r < 0)
		return reason_set(ret_reason, -r, "signing", "the request could not be signed");
	for (size_t i = 0; i < n; i++)
		sent[i] = (struct http_header){headers[i].name, headers[i].value};
	sent[n] = (struct http_header){"Authorization", secret_string(&authorization)};
	return http_call(&(struct http_request){.method = "POST",
	                         .url = x->endpoint.url,
	                         .headers = sent,
	                         .n_headers = n + 1,
	                         .body = BODY,
	                         .body_size = strlen(BODY),
	                         .deadline = x->call->deadline},
	        ret, ret_reason);
}

/* What the operator can do about a refusal of ECR. */
static const char *mend(
        enum aws_service service, enum aws_error_kind kind, const char *code, long status)
{
	if (strcmp(code, "AccessDeniedException") == 0)
		return service == SERVICE_ECR_PUBLIC
		               ? "allow ecr-public:GetAuthorizationToken and "
		                 "sts:GetServiceBearerToken in the IAM policy"
		               : "allow ecr:GetAuthorizationToken in the IAM policy";
	if (strcmp(code, "UnrecognizedClientException") == 0)
		return "the access key does not exist or is inactive: replace it";
	if (strcmp(code, "ExpiredTokenException") == 0 || strcmp(code, "ExpiredToken") == 0)
		return "the session token has expired: provide new credentials";
	if (kind == AWS_ERROR_SIGNATURE)
		return "the secret access key does not belong to the access key: correct it";
	if (kind == AWS_ERROR_CLOCK_SKEW)
		return "correct this machine's clock (timedatectl)";
	if (kind == AWS_ERROR_TRANSIENT || kind == AWS_ERROR_THROTTLING)
		return "the next run tries again";
	if (!*code || status < 400)
		return "is it really AWS? Check the proxy and AWS_ENDPOINT_URL";
	return "see the ECR API reference for this error";
}

/* message loses the full stop that some of AWS's sentences end with. */
static int explain(const struct exchange *x, const struct http_reply *reply,
        enum aws_error_kind kind, const char *code, char *message, struct reason *ret_reason)
{
	size_t n = strlen(message);
	char status[32];

	while (n > 0 && (message[n - 1] == '.' || message[n - 1] == ' '))
		message[--n] = '\0';
	snprintf(status, sizeof(status), "HTTP %ld", reply->status);
	return reason_set(ret_reason, EREMOTEIO, *code ? code : status,
	        "%s answered %s%s%s%s%s; %s", x->endpoint.url, status, *code ? " " : "", code,
	        *message ? ": " : "", message, mend(x->call->service, kind, code, reply->status));
}

/* What is to follow an attempt. */
enum verdict { VERDICT_DONE, VERDICT_FAILED, VERDICT_RETRY, VERDICT_RESIGN };

/* Whether the reply says that the clocks differ; then learns the service's. */
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

static enum verdict judge(struct exchange *x, const struct http_reply *reply, struct ecr_token *ret,
        struct reason *ret_reason)
{
	char code[64], message[512];
	enum aws_error_kind kind;

	if (reply->status == 200)
		return ecr_parse_token(reply->body.data, reply->body.size, x->call->service,
		               timestamp_now() + x->skew, ret, ret_reason) == 0
		               ? VERDICT_DONE
		               : VERDICT_FAILED;
	aws_error_parse(secret_string(&reply->body), reply->body.size,
	        *reply->error_type ? reply->error_type : NULL, code, sizeof(code), message,
	        sizeof(message));
	kind = aws_error_kind(reply->status, code);
	explain(x, reply, kind, code, message, ret_reason);
	if (learn_skew(x, kind, reply->date))
		return VERDICT_RESIGN;
	return kind == AWS_ERROR_TRANSIENT || kind == AWS_ERROR_THROTTLING ? VERDICT_RETRY
	                                                                   : VERDICT_FAILED;
}

/* Connections that fail or break off are worth another try; a missing CA bundle is not. */
static enum verdict judge_transport(int error)
{
	return error == -ETIMEDOUT || error == -EPROTO || error == -ENETUNREACH ? VERDICT_RETRY
	                                                                        : VERDICT_FAILED;
}

static double random_fraction(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), 0) != sizeof(n))
		n = (uint32_t)monotonic_now();
	return (double)n / UINT32_MAX;
}

/* Waits before the next attempt. False where the deadline would pass first. */
static bool pause_until_next(uint64_t delay_usec, uint64_t deadline)
{
	struct timespec ts = {.tv_sec = (time_t)(delay_usec / USEC_PER_SEC),
	        .tv_nsec = (long)(delay_usec % USEC_PER_SEC) * 1000};

	if (monotonic_now() + delay_usec >= deadline)
		return false;
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
	return true;
}

int ecr_get_authorization_token(const struct ecr_call *call, struct ecr_token *ret,
        int64_t *ret_skew, struct reason *ret_reason)
{
	struct exchange x = {};
	struct retry retry = {};
	struct retry_quota quota = {RETRY_QUOTA_INITIAL};
	struct retry_policy policy = RETRY_POLICY_STANDARD;
	int r = open_exchange(call, &x, ret_reason);

	*ret_skew = 0;
	if (r < 0)
		return r;
	for (;;) {
		_cleanup_(http_reply_done) struct http_reply reply = {};
		enum verdict verdict;
		uint64_t delay;

		r = attempt(&x, &reply, ret_reason);
		verdict = r < 0 ? judge_transport(r) : judge(&x, &reply, ret, ret_reason);
		*ret_skew = x.skew;
		if (verdict == VERDICT_DONE)
			return 0;
		if (verdict == VERDICT_FAILED)
			return r < 0 ? r : -EREMOTEIO;
		if (verdict == VERDICT_RESIGN)
			continue; /* learn_skew() says so once */
		if (retry_next(&retry, &quota, &policy, random_fraction(), &delay) !=
		                RETRY_REQUEST ||
		        !pause_until_next(delay, call->deadline))
			return r < 0 ? r : -EREMOTEIO;
	}
}

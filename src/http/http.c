/* SPDX-License-Identifier: Apache-2.0 */
/* Requests through libcurl. The network controls the replies, the operator the environment. */
#include "http/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "http/http-explain.h"
#include "http/http-session.h"
#include "http/http-trust.h"

#define CONNECT_TIMEOUT_USEC (5 * USEC_PER_SEC)
#define ATTEMPT_TIMEOUT_USEC (15 * USEC_PER_SEC)

int http_setup(void)
{
#if LIBCURL_VERSION_NUM < 0x075700
	/* Without CURLOPT_QUICK_EXIT, libcurl waits for the resolver even after the deadline. */
	setenv("RES_OPTIONS", "timeout:2 attempts:1", false);
#endif
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -EIO;
	http_trust_setup();
	return 0;
}

/* One attempt: what the callbacks write to. */
struct attempt {
	struct http_reply *reply;
	size_t limit; /* of its body */
	bool too_large;
};

static size_t on_body(char *data, size_t size, size_t count, void *userdata)
{
	struct attempt *a = userdata;

	if (a->reply->body.size + size * count > a->limit) {
		a->too_large = true;
		return 0;
	}
	secret_append(&a->reply->body, data, size * count);
	return size * count;
}

/* Copies the value of a header line if it has this name. */
static bool header_value(const char *line, size_t size, const char *name, char *ret, size_t max)
{
	size_t n = strlen(name);

	if (size <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return false;
	for (line += n + 1, size -= n + 1; size > 0 && (*line == ' ' || *line == '\t'); size--)
		line++;
	while (size > 0 && strchr("\r\n \t", line[size - 1]))
		size--;
	snprintf(ret, max, "%.*s", (int)size, line);
	return true;
}

/* Parses seconds or a date (RFC 9110 10.2.3). Returns seconds from now, or 0. */
static int64_t parse_retry_after(const char *text)
{
	int64_t t;

	if (*text && strspn(text, "0123456789") == strlen(text))
		return strlen(text) < 9 ? atoll(text) : INT32_MAX;
	if (timestamp_parse_http(text, &t) < 0 || t <= timestamp_now())
		return 0;
	return t - timestamp_now();
}

static size_t on_header(char *line, size_t size, size_t count, void *userdata)
{
	struct attempt *a = userdata;
	char date[64];

	if (header_value(line, size * count, "Date", date, sizeof(date)))
		timestamp_parse_http(date, &a->reply->date);
	if (header_value(line, size * count, "Retry-After", date, sizeof(date)))
		a->reply->retry_after = parse_retry_after(date);
	header_value(line, size * count, "X-Amzn-Errortype", a->reply->error_type,
	        sizeof(a->reply->error_type));
	return size * count;
}

/* The handle of one attempt; the session's, if there is one, so that connections are kept. */
struct handle {
	CURL *curl;
	struct http_session *session;
	struct curl_slist *connect_to;
	bool is_good; /* it can be used again */
};

static void handle_done(struct handle *h)
{
	http_session_give(h->session, h->curl, h->is_good);
	curl_slist_free_all(h->connect_to);
}

/* The lines contain the session token and the signature. */
static void header_list_wipep(struct curl_slist **list)
{
	for (struct curl_slist *l = *list; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(*list);
}

/* Returns 0, or -EINVAL with a reason. */
static int make_headers(
        const struct http_request *request, struct curl_slist **ret, struct reason *ret_reason)
{
	_cleanup_(header_list_wipep) struct curl_slist *list = NULL;

	for (size_t i = 0; i < request->n_headers; i++) {
		const struct http_header *h = &request->headers[i];
		struct curl_slist *longer;
		char *line;

		/* Otherwise it could end the header and begin another one, or the body. */
		if (text_has_control(h->value, strlen(h->value)))
			return reason_set(ret_reason, EINVAL, "bad-header",
			        "%s: no request was sent: the value for %s contains a line break "
			        "or another control character; correct the credentials or the "
			        "token that it comes from",
			        request->url, h->name);
		line = xasprintf("%s: %s", h->name, h->value);
		longer = curl_slist_append(list, line);
		secret_free_string(line);
		if (!longer)
			abort();
		list = longer;
	}
	*ret = TAKE_PTR(list);
	return 0;
}

static long msec_at_most(uint64_t usec, uint64_t limit)
{
	uint64_t msec = (usec < limit ? usec : limit) / USEC_PER_MSEC;

	return msec > 0 ? (long)msec : 1; /* 0 would mean no limit */
}

static void set_limits(CURL *curl, const struct http_request *request)
{
	uint64_t now = monotonic_now();
	uint64_t left = request->deadline > now ? request->deadline - now : 0;
	uint64_t own = request->timeout_usec ? request->timeout_usec : ATTEMPT_TIMEOUT_USEC;

	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, msec_at_most(left, CONNECT_TIMEOUT_USEC));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, msec_at_most(left, own));
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A resolver without an answer is abandoned, not waited for. */
	curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	if (request->no_proxy)
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

static void set_request(CURL *curl, const struct http_request *request, struct curl_slist *headers)
{
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (request->body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body_size);
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "ecr-refresher/" PROJECT_VERSION);
}

int http_call(const struct http_request *request, struct http_reply *ret, struct reason *ret_reason)
{
	_cleanup_(handle_done) struct handle handle = {
	        .curl = http_session_take(request->session), .session = request->session};
	_cleanup_(header_list_wipep) struct curl_slist *headers = NULL;
	_cleanup_(http_reply_done) struct http_reply reply = {};
	struct attempt attempt = {.reply = &reply,
	        .limit = request->reply_limit ? request->reply_limit : HTTP_REPLY_MAX_SIZE};
	struct http_trust trust = http_trust_of(request);
	char detail[CURL_ERROR_SIZE] = "";
	CURL *curl = handle.curl;
	CURLcode code;

	/* The failure of an attempt without time would say nothing about the network. */
	if (monotonic_now() + USEC_PER_MSEC > request->deadline)
		return reason_set(ret_reason, ETIME, "deadline",
		        "%s: no request was sent: %s was used up", request->url,
		        request->session ? "the time for this section of the ini"
		                         : "the run's timeout (timeout = in [refresh])");
	if (make_headers(request, &headers, ret_reason) < 0)
		return -EINVAL;
	set_request(curl, request, headers);
	http_trust_apply(&trust, curl);
	set_limits(curl, request);
	if (request->session)
		http_session_set(
		        request->session, curl, request->url, &headers, &handle.connect_to);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &attempt);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &attempt);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		struct http_failure failure = {.request = request,
		        .trust = &trust,
		        .detail = detail,
		        .reply_limit = attempt.limit,
		        .is_too_large = attempt.too_large};

		return http_explain(curl, code, &failure, ret_reason);
	}
	handle.is_good = true;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
	*ret = reply;
	reply = (struct http_reply){};
	return 0;
}

void http_reply_done(struct http_reply *r)
{
	secret_done(&r->body);
	*r = (struct http_reply){};
}

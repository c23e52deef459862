/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl, and what we ask of it. The network controls the replies, the operator the environment.
 */
#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "alloc.h"
#include "environment.h"
#include "file.h"
#include "http-session.h"
#include "timespan.h"
#include "timestamp.h"

#define CONNECT_TIMEOUT_USEC (5 * USEC_PER_SEC)
#define ATTEMPT_TIMEOUT_USEC (15 * USEC_PER_SEC)

/* Whom to trust; neither: libcurl's own default. */
struct trust {
	const char *file; /* a bundle */
	const char *dir;  /* a hashed directory */
};

/*
 * For requests that say nothing else: AWS has a variable of its own, sessions are with others. Set
 * once in http_setup(), before there are threads.
 */
static struct trust system_trust, aws_trust;

/* Whether OpenSSL can look certificates up in this directory by the hash of their subject. */
static bool is_hashed_directory(const char *path)
{
	_cleanup_(closedirp) DIR *dir = opendir(path);
	bool found = false;

	for (struct dirent *e; dir && !found && (e = readdir(dir));)
		found = strlen(e->d_name) == 10 && strspn(e->d_name, "0123456789abcdef") == 8 &&
		        strcmp(e->d_name + 8, ".0") == 0;
	return found;
}

/*
 * Parsing the system's bundle of 140 certificates takes four fifths of a request; a hashed
 * directory is read one certificate at a time. Debian and its kin have the first, Fedora the
 * second.
 */
static const char *find_hashed_directory(void)
{
	static const char *const candidates[] = {
	        "/etc/ssl/certs", "/etc/pki/ca-trust/extracted/pem/directory-hash"};

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		if (is_hashed_directory(candidates[i]))
			return candidates[i];
	return NULL;
}

static struct trust trust_of(const char *bundle)
{
	struct stat st;

	return stat(bundle, &st) == 0 && S_ISDIR(st.st_mode) ? (struct trust){.dir = bundle}
	                                                     : (struct trust){.file = bundle};
}

int http_setup(void)
{
	const char *bundle = environment_get("AWS_CA_BUNDLE");

#if LIBCURL_VERSION_NUM < 0x075700
	/* Without CURLOPT_QUICK_EXIT libcurl waits for the resolver, whatever the deadline. */
	setenv("RES_OPTIONS", "timeout:2 attempts:1", false);
#endif
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -EIO;
	system_trust.dir = find_hashed_directory();
	aws_trust = bundle ? trust_of(bundle) : system_trust;
	return 0;
}

/* One attempt: what curl's callbacks write to. */
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

/* Copies the value of a header line when it has this name. */
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

/* RFC 9110 10.2.3: seconds or a date. */
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

/* The handle of one attempt; its session's, where it has one, so that connections are kept. */
struct handle {
	CURL *curl;
	struct http_session *session;
	struct curl_slist *connect_to;
	bool is_good; /* what the attempt left behind can be used again */
};

static void handle_done(struct handle *h)
{
	http_session_give(h->session, h->curl, h->is_good);
	curl_slist_free_all(h->connect_to);
}

/* The lines hold the session token and the signature. */
static void header_list_wipep(struct curl_slist **list)
{
	for (struct curl_slist *l = *list; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(*list);
}

/* Anything else could end the header and begin another one, or the body. */
static bool is_header_value(const char *value)
{
	for (const unsigned char *c = (const unsigned char *)value; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			return false;
	return true;
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

		if (!is_header_value(h->value))
			return reason_set(ret_reason, EINVAL, "bad-header",
			        "%s was not asked: a line break or another control character is in "
			        "what would be sent as %s; correct the credentials or token it is "
			        "made of",
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

static void set_trust(CURL *curl, const struct trust *trust)
{
	if (trust->file) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, trust->file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	} else if (trust->dir) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(curl, CURLOPT_CAPATH, trust->dir);
	}
}

static long at_most(uint64_t usec, uint64_t limit)
{
	uint64_t msec = (usec < limit ? usec : limit) / USEC_PER_MSEC;

	return msec > 0 ? (long)msec : 1; /* 0 would be no limit at all */
}

static void set_limits(CURL *curl, const struct http_request *request)
{
	uint64_t now = monotonic_now();
	uint64_t left = request->deadline > now ? request->deadline - now : 0;
	uint64_t own = request->timeout_usec ? request->timeout_usec : ATTEMPT_TIMEOUT_USEC;

	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, at_most(left, CONNECT_TIMEOUT_USEC));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, at_most(left, own));
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* A resolver that nobody answers is left to itself, not waited for. */
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

/* The resolver may have waited for a name server, or several, in vain. */
static bool was_resolving(CURL *curl)
{
	curl_off_t usec = 0;

	return curl_easy_getinfo(curl, CURLINFO_NAMELOOKUP_TIME_T, &usec) == CURLE_OK && usec == 0;
}

static int explain_timeout(CURL *curl, const char *url, struct reason *ret_reason)
{
	if (was_resolving(curl))
		return reason_set(ret_reason, ETIMEDOUT, "dns",
		        "%s: no name server answered in time; check DNS (/etc/resolv.conf)", url);
	return reason_set(ret_reason, ETIMEDOUT, "timeout",
	        "%s did not answer in time; check the route, firewall and proxy", url);
}

/*
 * curl repeats a proxy's URL, with its password, where it cannot read it. None of its other texts
 * has an '@', and the URLs we ask are not in them.
 */
static const char *harmless(const char *detail, CURLcode code)
{
	return *detail && !strchr(detail, '@') ? detail : curl_easy_strerror(code);
}

static bool is_about_proxy_syntax(const char *detail)
{
	static const char beginning[] = "Unsupported proxy";

	return strncmp(detail, beginning, strlen(beginning)) == 0;
}

/* Who is asked, and what an operator would have to correct. */
struct words {
	const char *url;
	const char *peer;
	const char *server_origin;
	const char *trust_origin;
	const char *trusted; /* the CAs */
	const char *trust_mend;
	bool is_aws;
};

static struct words words_of(const struct http_request *request, const struct trust *trust)
{
	const struct http_options *o = http_session_options(request->session);
	struct words w = {.url = request->url,
	        .peer = o && o->peer ? o->peer : "AWS",
	        .server_origin = o && o->server_origin ? o->server_origin : "AWS_ENDPOINT_URL",
	        .trust_origin = "ca_bundle = or AWS_CA_BUNDLE",
	        .trusted = trust->file  ? trust->file
	                   : trust->dir ? trust->dir
	                                : "the system's CA bundle"};

	w.is_aws = !o;
	w.trust_mend = "a proxy that opens TLS needs its CA in ";
	if (o && o->trust_origin) {
		w.trust_origin = o->trust_origin;
		w.trusted = o->ca ? o->trust_origin : w.trusted;
		w.trust_mend = "the CA that signed it belongs in ";
	}
	return w;
}

static int explain(CURL *curl, CURLcode code, const struct attempt *a, const struct words *w,
        const char *detail, struct reason *ret_reason)
{
	const char *url = w->url;

	if (a->too_large)
		return reason_set(ret_reason, EFBIG, "reply-too-large",
		        "%s sent more than %zu KiB; is it really %s, or a proxy's page?", url,
		        a->limit / 1024, w->peer);
	if (is_about_proxy_syntax(detail))
		return reason_set(ret_reason, EINVAL, "bad-proxy",
		        "the proxy's URL (https_proxy) is none; percent-encode what is in the "
		        "password");
	detail = harmless(detail, code);
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return explain_timeout(curl, url, ret_reason);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return reason_set(ret_reason, ENETUNREACH, "dns", "%s: %s; check DNS and that %s",
		        url, detail, w->is_aws ? "the region exists" : "the host's name is right");
	case CURLE_COULDNT_CONNECT:
		return reason_set(ret_reason, ENETUNREACH, "no-connection",
		        "%s: %s; check the route, firewall and proxy", url, detail);
	case CURLE_PEER_FAILED_VERIFICATION:
		return reason_set(ret_reason, EKEYREJECTED, "certificate-untrusted",
		        "%s: its certificate is not trusted by %s (%s); %s%s", url, w->trusted,
		        detail, w->trust_mend, w->trust_origin);
	case CURLE_SSL_CACERT_BADFILE:
		return reason_set(ret_reason, ENOENT, "ca-bundle",
		        "%s cannot be used as CA bundle (%s); correct %s", w->trusted, detail,
		        w->trust_origin);
	case CURLE_SSL_CERTPROBLEM:
		return reason_set(ret_reason, ENOENT, "client-certificate",
		        "%s was not asked: the client's certificate or its key cannot be used "
		        "(%s); do they belong together, and are they PEM?",
		        url, detail);
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_SSL_CONNECT_ERROR:
		return reason_set(ret_reason, EPROTO, "broken-off",
		        "%s: the connection broke off (%s); check firewall and proxy", url, detail);
	default:
		return reason_set(ret_reason, EPROTO, "broken-reply",
		        "%s: %s; check %s and the proxy", url, detail, w->server_origin);
	}
}

int http_call(const struct http_request *request, struct http_reply *ret, struct reason *ret_reason)
{
	_cleanup_(handle_done) struct handle handle = {
	        .curl = http_session_take(request->session), .session = request->session};
	_cleanup_(header_list_wipep) struct curl_slist *headers = NULL;
	_cleanup_(http_reply_done) struct http_reply reply = {};
	struct attempt attempt = {.reply = &reply,
	        .limit = request->reply_limit ? request->reply_limit : HTTP_REPLY_MAX_SIZE};
	struct trust trust = request->ca_bundle ? trust_of(request->ca_bundle)
	                     : request->session ? system_trust
	                                        : aws_trust;
	char detail[CURL_ERROR_SIZE] = "";
	CURL *curl = handle.curl;
	CURLcode code;

	/* What an attempt of no time would die of says nothing about the network. */
	if (monotonic_now() + USEC_PER_MSEC > request->deadline)
		return reason_set(ret_reason, ETIME, "deadline", "%s was not asked: %s was used up",
		        request->url,
		        request->session ? "the time for this section of the ini"
		                         : "the run's timeout (timeout = in [refresh])");
	if (make_headers(request, &headers, ret_reason) < 0)
		return -EINVAL;
	set_request(curl, request, headers);
	set_trust(curl, &trust);
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
		struct words words = words_of(request, &trust);

		return explain(curl, code, &attempt, &words, detail, ret_reason);
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

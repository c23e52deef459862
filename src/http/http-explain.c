/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns libcurl's error into a reason. The network controls when and how a request fails, and so
 * part of libcurl's text.
 */
#include "http/http-explain.h"

#include <errno.h>
#include <string.h>

#include "http/http-session.h"

/*
 * Reports whether the time ran out in the resolver, which may have waited for several name servers.
 */
static bool was_resolving(CURL *curl)
{
	curl_off_t usec = 0;

	return curl_easy_getinfo(curl, CURLINFO_NAMELOOKUP_TIME_T, &usec) == CURLE_OK && usec == 0;
}

static int set_timeout_reason(CURL *curl, const char *url, struct reason *ret_reason)
{
	if (was_resolving(curl))
		return reason_set(ret_reason, ETIMEDOUT, "dns",
		        "%s: no name server answered in time; check DNS (/etc/resolv.conf)", url);
	return reason_set(ret_reason, ETIMEDOUT, "timeout",
	        "%s did not answer in time; check the route, firewall and proxy", url);
}

/*
 * libcurl repeats a proxy's URL, with its password, if it cannot parse it. None of its other texts
 * has an '@', and they do not contain our URLs.
 */
static const char *without_url(const char *detail, CURLcode code)
{
	return *detail && !strchr(detail, '@') ? detail : curl_easy_strerror(code);
}

static bool is_proxy_syntax_error(const char *detail)
{
	static const char beginning[] = "Unsupported proxy";

	return strncmp(detail, beginning, strlen(beginning)) == 0;
}

/* The parts of a message: which server, and what an operator would have to correct. */
struct message_parts {
	const char *url;
	const char *peer;
	const char *server_origin;
	const char *trust_origin;
	const char *trusted; /* the CAs */
	const char *trust_fix;
	bool is_aws;
};

static struct message_parts parts_of(const struct http_failure *f)
{
	const struct http_options *o = http_session_options(f->request->session);
	const struct http_trust *trust = f->trust;
	struct message_parts w = {.url = f->request->url,
	        .peer = o && o->peer ? o->peer : "AWS",
	        .server_origin = o && o->server_origin ? o->server_origin : "AWS_ENDPOINT_URL",
	        .trust_origin = "ca_bundle = or AWS_CA_BUNDLE",
	        .trusted = trust->file  ? trust->file
	                   : trust->dir ? trust->dir
	                                : "the system's CA bundle"};

	w.is_aws = !o;
	w.trust_fix = "a proxy that opens TLS needs its CA in ";
	if (o && o->trust_origin) {
		w.trust_origin = o->trust_origin;
		w.trusted = o->ca ? o->trust_origin : w.trusted;
		w.trust_fix = "the CA that signed it belongs in ";
	}
	return w;
}

int http_explain(CURL *curl, CURLcode code, const struct http_failure *f, struct reason *ret_reason)
{
	struct message_parts w = parts_of(f);
	const char *url = w.url, *detail;

	if (f->is_too_large)
		return reason_set(ret_reason, EFBIG, "reply-too-large",
		        "%s sent more than %zu KiB; is it really %s, or a proxy's page?", url,
		        f->reply_limit / 1024, w.peer);
	if (is_proxy_syntax_error(f->detail))
		return reason_set(ret_reason, EINVAL, "bad-proxy",
		        "the proxy's URL (https_proxy) is invalid; percent-encode special "
		        "characters in its password");
	detail = without_url(f->detail, code);
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return set_timeout_reason(curl, url, ret_reason);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return reason_set(ret_reason, ENETUNREACH, "dns", "%s: %s; check DNS and that %s",
		        url, detail, w.is_aws ? "the region exists" : "the host's name is right");
	case CURLE_COULDNT_CONNECT:
		return reason_set(ret_reason, ENETUNREACH, "no-connection",
		        "%s: %s; check the route, firewall and proxy", url, detail);
	case CURLE_PEER_FAILED_VERIFICATION:
		return reason_set(ret_reason, EKEYREJECTED, "certificate-untrusted",
		        "%s: its certificate is not trusted by %s (%s); %s%s", url, w.trusted,
		        detail, w.trust_fix, w.trust_origin);
	case CURLE_SSL_CACERT_BADFILE:
		return reason_set(ret_reason, ENOENT, "ca-bundle",
		        "%s cannot be used as CA bundle (%s); correct %s", w.trusted, detail,
		        w.trust_origin);
	case CURLE_SSL_CERTPROBLEM:
		return reason_set(ret_reason, ENOENT, "client-certificate",
		        "%s: no request was sent: the client's certificate or its key cannot be "
		        "used (%s); do they belong together, and are they PEM?",
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
		        "%s: %s; check %s and the proxy", url, detail, w.server_origin);
	}
}

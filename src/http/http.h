/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One HTTP request and its reply, bounded in size and time. Blocking: what is to happen at the same
 * time runs in threads (parallel.h). The network controls the reply.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

#define HTTP_REPLY_MAX_SIZE (256 * 1024)

/*
 * A server that is asked often, and how: requests that name its session share connections. What is
 * NULL is as without a session.
 */
struct http_options {
	const char *peer;          /* who answers, for messages: "the Kubernetes API" */
	const char *server_origin; /* what names the server: "server in /etc/kubeconfig" */
	const char *trust_origin;  /* what says whom to trust */
	const struct secret *ca;   /* PEM: trusted, and nobody else */
	const struct secret *certificate, *key; /* PEM: the client's own */
	const char *server_name; /* in the server's certificate, where not the URL's */
	const char *proxy;       /* a URL; NULL: the environment's */
	bool is_insecure;        /* whoever answers is trusted */
};

struct http_session;

/*
 * Everything that options points to has to outlive the session. Returns 0, or a negative errno with
 * a reason.
 */
int http_session_new(
        const struct http_options *options, struct http_session **ret, struct reason *ret_reason);
void http_session_freep(struct http_session **session);

struct http_header {
	const char *name;
	const char *value;
};

struct http_request {
	const char *method;
	const char *url;
	const struct http_header *headers;
	size_t n_headers;
	const void *body;
	size_t body_size;
	uint64_t deadline;     /* monotonic_now(); one attempt also has a limit of its own */
	uint64_t timeout_usec; /* that limit where it is not the usual one; 0: the usual one */
	const char *ca_bundle; /* a file or directory; NULL: AWS_CA_BUNDLE or the system's */
	bool no_proxy;         /* link-local and loopback addresses are never asked through one */
	size_t reply_limit;    /* bytes; 0: HTTP_REPLY_MAX_SIZE */
	struct http_session *session; /* or NULL; may be used by several threads at once */
};

struct http_reply {
	long status;
	struct secret body;
	char error_type[256]; /* X-Amzn-Errortype, or "" */
	int64_t date;         /* of the Date header, or 0 */
	int64_t retry_after;  /* seconds, of the Retry-After header, or 0 */
};

/* Before the first request and before any thread. Returns 0 or -EIO. */
int http_setup(void);

/*
 * Returns 0 and a reply, whatever its status. Otherwise a reason and -ETIMEDOUT, -EFBIG, -EPROTO (a
 * reply that is no HTTP or broke off), -ENETUNREACH (no address, no connection), -EKEYREJECTED
 * (TLS: trust), -ENOENT (the CA bundle, the client's certificate), -ETIME (the deadline had passed
 * before), -EINVAL (the proxy, a header's value). Only the first and the two after -EFBIG are worth
 * another try.
 */
int http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason);

void http_reply_done(struct http_reply *r);

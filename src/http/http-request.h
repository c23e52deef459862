/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A request and its reply. The caller makes the first; the network controls the second. */

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"

#define HTTP_REPLY_MAX_SIZE (256 * 1024)

struct http_session;

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
	uint64_t deadline;            /* monotonic_now(); each attempt also has its own limit */
	uint64_t timeout_usec;        /* that limit; 0: the usual one */
	const char *ca_bundle;        /* a file or directory; NULL: AWS_CA_BUNDLE or the system's */
	bool no_proxy;                /* for link-local and loopback addresses */
	size_t reply_limit;           /* bytes; 0: HTTP_REPLY_MAX_SIZE */
	struct http_session *session; /* or NULL; may be used by several threads at once */
};

struct http_reply {
	long status;
	struct secret body;
	char error_type[256]; /* X-Amzn-Errortype, or "" */
	int64_t date;         /* from the Date header, or 0 */
	int64_t retry_after;  /* seconds, from the Retry-After header, or 0 */
};

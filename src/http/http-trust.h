/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which CAs a server's certificate must be signed by. The administrator controls the files. */

#include <curl/curl.h>

#include "http/http-request.h"

/* Both NULL: libcurl's default. */
struct http_trust {
	const char *file; /* a bundle */
	const char *dir;  /* a hashed directory */
};

/* Must be called before the first request and before any thread starts. */
void http_trust_setup(void);

/*
 * Returns the request's own CAs; without them AWS_CA_BUNDLE or the system's, and in a session,
 * which is never with AWS, the system's.
 */
struct http_trust http_trust_of(const struct http_request *request);

void http_trust_apply(const struct http_trust *trust, CURL *curl);

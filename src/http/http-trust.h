/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose certificates a server's has to lead to. The administrator controls the files. */

#include <curl/curl.h>

#include "http/http-request.h"

/* Neither: libcurl's own default. */
struct http_trust {
	const char *file; /* a bundle */
	const char *dir;  /* a hashed directory */
};

/* Before the first request and before any thread. */
void http_trust_setup(void);

/*
 * What the request names; for those that say nothing, AWS has a variable of its own, sessions are
 * with others.
 */
struct http_trust http_trust_of(const struct http_request *request);

void http_trust_apply(const struct http_trust *trust, CURL *curl);

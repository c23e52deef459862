/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Why a request got no reply, in words that an operator can act on. */

#include <curl/curl.h>

#include "base/reason.h"
#include "http/http-request.h"
#include "http/http-trust.h"

struct http_failure {
	const struct http_request *request;
	const struct http_trust *trust;
	const char *detail; /* CURLOPT_ERRORBUFFER */
	size_t reply_limit;
	bool is_too_large; /* the reply */
};

/* Returns the error of http_call() for this failure, with the reason. */
int http_explain(
        CURL *curl, CURLcode code, const struct http_failure *failure, struct reason *ret_reason);

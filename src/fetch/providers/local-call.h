/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A request to a local service: the instance's metadata, the container agent. It is unsigned, never
 * goes through a proxy, and each of its few attempts is short.
 */

#include "http/http.h"

struct local_call {
	const char *method;
	const char *url;
	const struct http_header *headers;
	size_t n_headers;
	unsigned attempts;
	uint64_t timeout_usec; /* of one attempt */
	uint64_t deadline;     /* monotonic_now() */
};

/*
 * Retries if no reply came, the connection broke off, or the status was 429 or 5xx. Returns 0 and
 * the last reply, whatever its status. Otherwise returns http_call()'s errno and reason, which has
 * the URL; local_call_failure() has the same text without it.
 */
int local_call(const struct local_call *call, struct http_reply *ret, struct reason *ret_reason);

/*
 * Returns the meaning of an errno of http_call(), as the end of a sentence: "did not answer in
 * time".
 */
const char *local_call_failure(int error);

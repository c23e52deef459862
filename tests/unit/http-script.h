/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A script instead of the network, for tests linked with --wrap=http_call: the expected requests,
 * in order, and their replies.
 */

#include <errno.h>
#include <stdlib.h>

#include "http/http.h"
#include "tap.h"

struct script_line {
	const char *request; /* "GET URL" */
	const char *header; /* "Name: value" that is required, "!Name" that is forbidden, or NULL */
	int error;          /* http_call()'s return value, or */
	long status;
	const char *body;
};

static const struct script_line *script;
static size_t script_size, script_position;

int __wrap_http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason);

__attribute__((unused)) static const char *script_header(
        const struct http_request *request, const char *name, size_t size)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (strlen(request->headers[i].name) == size &&
		        strncmp(request->headers[i].name, name, size) == 0)
			return request->headers[i].value;
	return NULL;
}

static void script_check_header(const struct http_request *request, const char *expected)
{
	const char *colon = strchr(expected, ':');

	if (*expected == '!') {
		CHECK(!script_header(request, expected + 1, strlen(expected) - 1));
		return;
	}
	CHECK_STRING(script_header(request, expected, (size_t)(colon - expected)), colon + 2);
}

int __wrap_http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason)
{
	char line[4096];
	const struct script_line *l = &script[script_position];

	snprintf(line, sizeof(line), "%s %s", request->method, request->url);
	if (script_position >= script_size) {
		tap_check(false, __FILE__, __LINE__, "an unexpected request: %s", line);
		return reason_set(ret_reason, ENETUNREACH, "script", "the script has ended");
	}
	script_position++;
	CHECK_STRING(line, l->request);
	if (l->header)
		script_check_header(request, l->header);
	CHECK(request->no_proxy);
	CHECK(request->timeout_usec > 0 && request->timeout_usec <= 5000000);
	if (l->error)
		return reason_set(ret_reason, -l->error, "script", "%s failed", request->url);
	*ret = (struct http_reply){.status = l->status};
	secret_set_string(&ret->body, l->body ? l->body : "");
	return 0;
}

#define script_begin(lines)                                                                        \
	do {                                                                                       \
		script = (lines);                                                                  \
		script_size = sizeof(lines) / sizeof((lines)[0]);                                  \
		script_position = 0;                                                               \
	} while (0)

/* Reports whether all requests were made. */
__attribute__((unused)) static void script_end(void)
{
	CHECK_INT((long long)script_position, (long long)script_size);
}

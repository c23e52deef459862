/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Finds its way through JSON text without changing it: where values begin and end, and where a key
 * stands. Strict as RFC 8259 and as Go's encoding/json, which docker and podman read with.
 * Users control the text.
 */

#include "../common/reason.h"
#include "../common/secret.h"

#define JSON_MAX_DEPTH 256

struct json_span {
	size_t begin;
	size_t end; /* the first byte behind it */
};

struct json_member {
	struct json_span key; /* with its quotes */
	struct json_span value;
};

/*
 * Checks that the whole text is one JSON value. Returns 0, or -EBADMSG with a reason that names the
 * line ("line 3: …").
 */
int json_check(const char *text, size_t size, struct reason *ret_reason);

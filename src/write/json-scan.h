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
 * line ("line 3: …"), code "not-json".
 */
int json_check(const char *text, size_t size, struct reason *ret_reason);

/* The number of the line a byte is in, from 1. */
size_t json_line(const char *text, size_t at);

bool json_is_space(char c);

/* Everything below wants a text that json_check() has passed. */

/* The value that is the whole text. The first byte of any value tells its type. */
struct json_span json_root(const char *text, size_t size);

/* Walks the members of an object, in the order of the text. */
struct json_members {
	const char *text;
	size_t at;
};

struct json_members json_members(const char *text, struct json_span object);
bool json_members_next(struct json_members *m, struct json_member *ret);

/*
 * What a string means, escapes resolved; half a surrogate pair becomes U+FFFD as in Go. Not
 * NUL-terminated, and valid until scratch is used again or the text goes away.
 */
const char *json_string(
        const char *text, struct json_span string, struct secret *scratch, size_t *ret_size);

/*
 * Whether Go takes a key for this field of a struct: without regard to case, and U+017F is an s,
 * U+212A a k (encoding/json, foldName()). name: lower-case letters.
 */
bool json_key_is(const char *text, struct json_span key, const char *name, struct secret *scratch);

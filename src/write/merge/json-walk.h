/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Finds its way through JSON text without changing it: where values begin and end, and what a key
 * means. All of it wants a text that json_check() has passed. Users control the text.
 */

#include "base/secret.h"

struct json_span {
	size_t begin;
	size_t end; /* the first byte behind it */
};

struct json_member {
	struct json_span key; /* with its quotes */
	struct json_span value;
};

/* The value that is the whole text. The first byte of any value tells its type. */
struct json_span json_root(const char *text, size_t size);

/* What value begins with this byte, for messages: "an array". */
const char *json_kind(char first);

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

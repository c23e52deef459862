/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Navigation in JSON text: where values begin and end, and what strings and keys mean. The
 * text must have passed json_check(). Users control it.
 */

#include "base/secret.h"

struct json_span {
	size_t begin;
	size_t end; /* the first byte after it */
};

struct json_member {
	struct json_span key; /* with its quotes */
	struct json_span value;
};

/* Returns the value that is the whole text. The first byte of a value identifies its type. */
struct json_span json_root(const char *text, size_t size);

/* Returns the type of a value with this first byte, for messages: "an array". */
const char *json_kind(char first);

/* Walks the members of an object, in the order of the text. */
struct json_members {
	const char *text;
	size_t at;
};

struct json_members json_members(const char *text, struct json_span object);
bool json_members_next(struct json_members *m, struct json_member *ret);

/*
 * Returns a string with its escapes resolved; half a surrogate pair becomes U+FFFD as in Go. Not
 * NUL-terminated, and valid until scratch is used again or the text is freed.
 */
const char *json_string(
        const char *text, struct json_span string, struct secret *scratch, size_t *ret_size);

/*
 * Reports whether Go matches a key to this field of a struct: case is ignored, and U+017F is an s,
 * U+212A a k (encoding/json, foldName()). name: lower-case letters.
 */
bool json_key_is(const char *text, struct json_span key, const char *name, struct secret *scratch);

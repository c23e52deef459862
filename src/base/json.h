/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * json-c with limits, typed getters that do not convert, and trees that are overwritten when they
 * go: a state file or a reply may hold a token. Writing is done by hand into a struct secret.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

#define _json_ _cleanup_(json_wipep)

/* One JSON value, strictly, at most 32 levels deep, nothing behind it. NULL where it is not that.
 */
struct json_object *json_parse(const char *data, size_t size);

/* Overwrites every string of a tree and gives it back. */
void json_wipep(struct json_object **object);

/* A member of this type, or NULL. */
struct json_object *json_member(struct json_object *object, const char *key, enum json_type type);

/* A string member without embedded NUL, or NULL. */
const char *json_member_string(struct json_object *object, const char *key);

/* A copy of a string member, or NULL. */
char *json_member_copy(struct json_object *object, const char *key);

/* A point in time as json_append_time() writes it; 0 where there is none. */
int64_t json_member_time(struct json_object *object, const char *key);

/* The members "code" and "text" of a failure; *ret is untouched where there is none. */
void json_member_failure(struct json_object *object, struct reason *ret);

/*
 * Appends copies of an array's strings, at most max, to a list. NULL is an empty one. Returns 0, or
 * -EBADMSG where it is longer or holds something else.
 */
int json_read_strings(struct json_object *array, size_t max, char ***strings, size_t *n);

/* Appends a string of this size, which may contain NUL bytes, with its quotes and escapes. */
void json_append_text(struct secret *text, const char *s, size_t size);

/* Appends a string with its quotes and escapes. NULL appends null. */
void json_append_string(struct secret *text, const char *string);

/* Appends ,"key":"value" (without the comma behind '{' or '['); nothing where value is NULL. */
void json_append_member(struct secret *text, const char *key, const char *value);

/* The same with a point in time, as timestamp_format() has it; nothing where it is 0. */
void json_append_time(struct secret *text, const char *key, int64_t t);

/* Appends "code" and "text" as json_member_failure() reads them; nothing where it is good. */
void json_append_failure(struct secret *text, const struct reason *failure);

/* Appends ,"key":["…",…] in the same way. */
void json_append_strings(struct secret *text, const char *key, char *const *strings, size_t n);

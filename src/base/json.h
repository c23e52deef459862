/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * json-c with limits, getters that do not convert types, and trees that are overwritten when freed:
 * a state file or a reply may hold a token. Writing is done directly into a struct secret.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

#define _json_ _cleanup_(json_wipep)

/*
 * Parses one JSON value strictly, at most 32 levels deep, with nothing after it. Returns NULL on
 * failure.
 */
struct json_object *json_parse(const char *data, size_t size);

/* Overwrites every string and number of a tree and frees it. */
void json_wipep(struct json_object **object);

/* Returns a member of this type, or NULL. */
struct json_object *json_member(struct json_object *object, const char *key, enum json_type type);

/* Returns a string member without embedded NUL, or NULL. */
const char *json_member_string(struct json_object *object, const char *key);

/* Returns a copy of a string member, or NULL. */
char *json_member_copy(struct json_object *object, const char *key);

/* Returns a point in time as json_append_time() writes it; 0 if it is missing. */
int64_t json_member_time(struct json_object *object, const char *key);

/* Reads the members "code" and "text" of a failure; *ret is untouched if they are missing. */
void json_member_failure(struct json_object *object, struct reason *ret);

/*
 * Appends copies of an array's strings, at most max, to a list. NULL counts as empty. Returns 0, or
 * -EBADMSG if it is longer or contains other types.
 */
int json_read_strings(struct json_object *array, size_t max, char ***strings, size_t *n);

/* Appends a string of this size, which may contain NUL bytes, with quotes and escapes. */
void json_append_text(struct secret *text, const char *s, size_t size);

/* Appends a string with quotes and escapes; null for NULL. */
void json_append_string(struct secret *text, const char *string);

/* Appends ,"key":"value" (without the comma after '{' or '['); nothing if value is NULL. */
void json_append_member(struct secret *text, const char *key, const char *value);

/* Does the same with a point in time, as timestamp_format() writes it; nothing if it is 0. */
void json_append_time(struct secret *text, const char *key, int64_t t);

/* Appends "code" and "text" as json_member_failure() reads them; nothing if there is no failure. */
void json_append_failure(struct secret *text, const struct reason *failure);

/* Appends ,"key":["…",…] likewise. */
void json_append_strings(struct secret *text, const char *key, char *const *strings, size_t n);

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <json-c/printbuf.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timestamp.h"

#define MAX_DEPTH 32

static void tokener_freep(struct json_tokener **tokener)
{
	struct printbuf *scratch = *tokener ? (*tokener)->pb : NULL;

	if (!*tokener)
		return;
	/* It holds the last string that was parsed, and the ends of longer ones before. */
	if (scratch && scratch->size > 0)
		explicit_bzero(scratch->buf, (size_t)scratch->size);
	json_tokener_free(*tokener);
}

/*
 * In strict mode, json-c 0.18 takes every byte beyond ASCII for a control character (its issue
 * 875). Such bytes occur only in strings, where strict mode makes no other difference, so they are
 * parsed without it.
 */
static struct json_object *feed(
        struct json_tokener *tokener, const char *data, size_t size, size_t *ret_end)
{
	struct json_object *object = NULL;
	size_t end = 0, n;

	for (bool is_ascii = true; end < size; is_ascii = !is_ascii) {
		for (n = 0; end + n < size && !(data[end + n] & 0x80) == is_ascii;)
			n++;
		if (n == 0)
			continue;
		json_tokener_set_flags(tokener, is_ascii ? JSON_TOKENER_STRICT : 0);
		object = json_tokener_parse_ex(tokener, data + end, (int)n);
		end += json_tokener_get_parse_end(tokener);
		if (json_tokener_get_error(tokener) != json_tokener_continue)
			break;
	}
	*ret_end = end;
	return object;
}

struct json_object *json_parse(const char *data, size_t size)
{
	_cleanup_(tokener_freep) struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
	_json_ struct json_object *object = NULL;
	size_t end;

	if (!tokener || size == 0 || size > INT_MAX)
		return NULL;
	object = feed(tokener, data, size, &end);
	/* A number at the very end is complete only once something else follows. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		object = json_tokener_parse_ex(tokener, "", 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		return NULL;
	for (size_t i = end; i < size; i++)
		if (!memchr(" \t\r\n", data[i], 4))
			return NULL;
	return TAKE_PTR(object);
}

/* Recursion is bounded: a tree is at most MAX_DEPTH deep. */
static void wipe(struct json_object *object)
{
	switch (json_object_get_type(object)) {
	case json_type_string:
		explicit_bzero((char *)json_object_get_string(object),
		        (size_t)json_object_get_string_len(object));
		break;
	case json_type_int: /* busctl prints the bytes of a credential as numbers */
		json_object_set_int64(object, 0);
		break;
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(object); i++)
			wipe(json_object_array_get_idx(object, i));
		break;
	case json_type_object: {
		json_object_object_foreach(object, key, value)
		{
			(void)key;
			wipe(value);
		}
		break;
	}
	default:
		break;
	}
}

void json_wipep(struct json_object **object)
{
	if (!*object)
		return;
	wipe(*object);
	json_object_put(*object);
	*object = NULL;
}

struct json_object *json_member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *member;

	if (!json_object_is_type(object, json_type_object) ||
	        !json_object_object_get_ex(object, key, &member) ||
	        !json_object_is_type(member, type))
		return NULL;
	return member;
}

const char *json_member_string(struct json_object *object, const char *key)
{
	struct json_object *member = json_member(object, key, json_type_string);
	const char *s;

	if (!member)
		return NULL;
	s = json_object_get_string(member);
	return strlen(s) == (size_t)json_object_get_string_len(member) ? s : NULL;
}

char *json_member_copy(struct json_object *object, const char *key)
{
	const char *s = json_member_string(object, key);

	return s ? xstrdup(s) : NULL;
}

int64_t json_member_time(struct json_object *object, const char *key)
{
	const char *s = json_member_string(object, key);
	int64_t t = 0;

	if (s)
		timestamp_parse(s, &t);
	return t;
}

void json_member_failure(struct json_object *object, struct reason *ret)
{
	const char *code = json_member_string(object, "code");
	const char *text = json_member_string(object, "text");

	if (code && *code && text)
		reason_set(ret, EIO, code, "%s", text);
}

int json_read_strings(struct json_object *array, size_t max, char ***strings, size_t *n)
{
	if (array && json_object_array_length(array) > max)
		return -EBADMSG;
	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (!json_object_is_type(item, json_type_string))
			return -EBADMSG;
		*(char **)array_append(strings, n, sizeof(char *)) =
		        xstrdup(json_object_get_string(item));
	}
	return 0;
}

static bool needs_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

void json_append_text(struct secret *text, const char *s, size_t size)
{
	const char *end = s + size, *plain;
	char escaped[8];

	secret_append(text, "\"", 1);
	for (;; s++) {
		for (plain = s; s < end && !needs_escape(*s);)
			s++;
		secret_append(text, plain, (size_t)(s - plain));
		if (s == end)
			break;
		snprintf(escaped, sizeof(escaped), (unsigned char)*s < 0x20 ? "\\u%04x" : "\\%c",
		        (unsigned char)*s);
		secret_append_string(text, escaped);
	}
	secret_append(text, "\"", 1);
}

void json_append_string(struct secret *text, const char *string)
{
	if (string)
		json_append_text(text, string, strlen(string));
	else
		secret_append_string(text, "null");
}

static void append_key(struct secret *text, const char *key)
{
	char last = text->size > 0 ? text->data[text->size - 1] : '{';

	if (last != '{' && last != '[')
		secret_append(text, ",", 1);
	json_append_string(text, key);
	secret_append(text, ":", 1);
}

void json_append_member(struct secret *text, const char *key, const char *value)
{
	if (!value)
		return;
	append_key(text, key);
	json_append_string(text, value);
}

void json_append_time(struct secret *text, const char *key, int64_t t)
{
	char when[TIMESTAMP_MAX_SIZE];

	json_append_member(text, key, t ? timestamp_format(t, when) : NULL);
}

void json_append_failure(struct secret *text, const struct reason *failure)
{
	if (!failure->code[0])
		return;
	json_append_member(text, "code", failure->code);
	json_append_member(text, "text", failure->text);
}

void json_append_strings(struct secret *text, const char *key, char *const *strings, size_t n)
{
	append_key(text, key);
	secret_append(text, "[", 1);
	for (size_t i = 0; i < n; i++) {
		secret_append_string(text, i > 0 ? "," : "");
		json_append_string(text, strings[i]);
	}
	secret_append(text, "]", 1);
}

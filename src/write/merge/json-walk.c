/* SPDX-License-Identifier: Apache-2.0 */
/*
 * There are no error paths, because json_check() has validated the text, and no recursion. Users
 * control the text.
 */
#include "write/merge/json-walk.h"

#include <stdint.h>
#include <string.h>

#include "write/merge/json-scan.h"

struct json_span json_root(const char *text, size_t size)
{
	struct json_span root = {0, size};

	while (json_is_space(text[root.begin]))
		root.begin++;
	while (json_is_space(text[root.end - 1]))
		root.end--;
	return root;
}

const char *json_kind(char first)
{
	switch (first) {
	case '{':
		return "an object";
	case '[':
		return "an array";
	case '"':
		return "a string";
	case 't':
	case 'f':
		return "a boolean";
	case 'n':
		return "null";
	default:
		return "a number";
	}
}

static size_t string_end(const char *text, size_t at)
{
	const char *begin = text + at, *quote = begin;
	size_t backslashes;

	do {
		quote = rawmemchr(quote + 1, '"');
		backslashes = 0;
		while (quote[-1 - (ssize_t)backslashes] == '\\')
			backslashes++;
	} while (backslashes % 2 == 1);
	return (size_t)(quote - text) + 1;
}

/* Returns the end of a value inside an object, where something always follows. */
static size_t value_end(const char *text, size_t at)
{
	size_t depth = 0;

	do {
		switch (text[at]) {
		case '"':
			at = string_end(text, at);
			break;
		case '{':
		case '[':
			depth++;
			at++;
			break;
		case '}':
		case ']':
			depth--;
			at++;
			break;
		default:
			at++;
		}
	} while (depth > 0);
	return at;
}

static size_t scalar_end(const char *text, size_t at)
{
	while (!json_is_space(text[at]) && text[at] != ',' && text[at] != '}')
		at++;
	return at;
}

static size_t space_end(const char *text, size_t at)
{
	while (json_is_space(text[at]))
		at++;
	return at;
}

struct json_members json_members(const char *text, struct json_span object)
{
	return (struct json_members){text, object.begin + 1};
}

bool json_members_next(struct json_members *m, struct json_member *ret)
{
	const char *text = m->text;
	size_t at = space_end(text, m->at);
	struct json_member member;

	if (text[at] == ',')
		at = space_end(text, at + 1);
	if (text[at] == '}')
		return false;
	member.key.begin = at;
	member.key.end = string_end(text, at);
	at = space_end(text, member.key.end);
	member.value.begin = space_end(text, at + 1);
	if (strchr("\"{[", text[member.value.begin]))
		member.value.end = value_end(text, member.value.begin);
	else
		member.value.end = scalar_end(text, member.value.begin);
	m->at = member.value.end;
	*ret = member;
	return true;
}

static uint32_t hex4(const char *s)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 4 |
		        (uint32_t)(s[i] <= '9' ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10);
	return value;
}

/* RFC 3629 section 3. Returns the number of bytes, at most 4. */
static size_t put_utf8(char *out, uint32_t c)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return n;
}

/* Resolves what follows "\u" in a string that ends with a quote. Returns the escape's size. */
static size_t unescape_unicode(const char *s, uint32_t *ret)
{
	uint32_t c = hex4(s), low;

	*ret = c;
	if (c < 0xd800 || c > 0xdfff)
		return 4;
	*ret = 0xfffd;
	if (c > 0xdbff || s[4] != '\\' || s[5] != 'u')
		return 4;
	low = hex4(s + 6);
	if (low < 0xdc00 || low > 0xdfff)
		return 4;
	*ret = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	return 10;
}

/* Resolves escapes. Returns the size of the result, which is never longer than the text. */
static size_t unescape(const char *s, size_t size, char *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *end = s + size, *simple;
	char *o = out;
	uint32_t c;

	while (s < end) {
		if (*s != '\\') {
			*o++ = *s++;
			continue;
		}
		if (s[1] == 'u') {
			s += 2;
			s += unescape_unicode(s, &c);
			o += put_utf8(o, c);
			continue;
		}
		simple = strchr(from, s[1]);
		*o++ = simple ? to[simple - from] : s[1];
		s += 2;
	}
	return (size_t)(o - out);
}

const char *json_string(
        const char *text, struct json_span string, struct secret *scratch, size_t *ret_size)
{
	const char *raw = text + string.begin + 1;
	size_t size = string.end - string.begin - 2;

	*ret_size = size;
	if (!memchr(raw, '\\', size))
		return raw;
	scratch->size = 0;
	*ret_size = unescape(raw, size, secret_reserve(scratch, size));
	secret_grown(scratch, *ret_size);
	return scratch->data;
}

bool json_key_is(const char *text, struct json_span key, const char *name, struct secret *scratch)
{
	size_t size;
	const char *s = json_string(text, key, scratch, &size), *end = s + size;

	for (; *name; name++) {
		if (s < end && (*s | 0x20) == *name)
			s++;
		else if (*name == 's' && end - s >= 2 && memcmp(s, "\u017f", 2) == 0)
			s += 2;
		else if (*name == 'k' && end - s >= 3 && memcmp(s, "\u212a", 3) == 0)
			s += 3;
		else
			return false;
	}
	return s == end;
}

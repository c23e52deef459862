/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads every byte once, without recursion; the depth is limited. Users control the text.
 */
#include "write/merge/json-scan.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

struct scan {
	const char *text;
	size_t size;
	size_t at;
	struct reason *reason;
	size_t depth;
	char closers[JSON_MAX_DEPTH]; /* of the objects and arrays we are in */
};

bool json_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool json_is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!json_is_space(text[i]))
			return false;
	return true;
}

size_t json_line(const char *text, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* Returns the next byte, or -1 at the end. */
static int peek(const struct scan *s)
{
	return s->at < s->size ? (unsigned char)s->text[s->at] : -1;
}

static void skip_space(struct scan *s)
{
	while (s->at < s->size && json_is_space(s->text[s->at]))
		s->at++;
}

/* Sets the reason. At most one byte of the file is quoted: it may be part of a secret. */
static int fail(const struct scan *s, const char *expected)
{
	int c = peek(s);
	char found[32];

	if (c < 0)
		snprintf(found, sizeof(found), "the end of the file");
	else if (c == '\n' || c == '\r')
		snprintf(found, sizeof(found), "the end of the line");
	else if (c > 0x20 && c < 0x7f)
		snprintf(found, sizeof(found), "'%c'", c);
	else
		snprintf(found, sizeof(found), "the byte 0x%02x", (unsigned)c);
	return reason_set(s->reason, EBADMSG, "not-json", "line %zu: expected %s, found %s",
	        json_line(s->text, s->at), expected, found);
}

static bool is_hex(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int check_escape(struct scan *s)
{
	s->at++;
	if (peek(s) <= 0 || !strchr("\"\\/bfnrtu", peek(s)))
		return fail(s, "one of \"\\/bfnrtu after a backslash");
	if (s->text[s->at++] != 'u')
		return 0;
	for (int i = 0; i < 4; i++, s->at++)
		if (!is_hex(peek(s)))
			return fail(s, "four hexadecimal digits after \\u");
	return 0;
}

/*
 * Returns the number of bytes before a quote, a backslash or a control character. Reads eight at a
 * time, because a config.json is mostly one long token; the test for a zero byte in a word is that
 * of Hacker's Delight 6-1, and the last loop corrects its false positives.
 */
static size_t plain_size(const char *s, size_t size)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	size_t i = 0;
	uint64_t word;

	for (; i + sizeof(word) <= size; i += sizeof(word)) {
		uint64_t quotes, backslashes;

		memcpy(&word, s + i, sizeof(word));
		quotes = word ^ ones * '"';
		backslashes = word ^ ones * '\\';
		if ((((word - ones * 0x20) & ~word) | ((quotes - ones) & ~quotes) |
		            ((backslashes - ones) & ~backslashes)) &
		        highs)
			break;
	}
	while (i < size && (unsigned char)s[i] >= 0x20 && s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

static int check_string(struct scan *s)
{
	int r;

	s->at++;
	for (;;) {
		s->at += plain_size(s->text + s->at, s->size - s->at);
		if (peek(s) == '"')
			break;
		if (peek(s) != '\\')
			return fail(s, "the closing '\"' of a string");
		r = check_escape(s);
		if (r < 0)
			return r;
	}
	s->at++;
	return 0;
}

static bool skip_digits(struct scan *s)
{
	size_t begin = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return s->at > begin;
}

static int check_number(struct scan *s)
{
	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0')
		s->at++;
	else if (!skip_digits(s))
		return fail(s, "a digit");
	if (peek(s) == '.') {
		s->at++;
		if (!skip_digits(s))
			return fail(s, "a digit after the point");
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (!skip_digits(s))
			return fail(s, "the digits of an exponent");
	}
	return 0;
}

static int check_word(struct scan *s, const char *word)
{
	for (const char *c = word; *c; c++, s->at++)
		if (peek(s) != *c)
			return fail(s, word);
	return 0;
}

static int check_scalar(struct scan *s)
{
	switch (peek(s)) {
	case '"':
		return check_string(s);
	case 't':
		return check_word(s, "true");
	case 'f':
		return check_word(s, "false");
	case 'n':
		return check_word(s, "null");
	case '-':
	case '0' ... '9':
		return check_number(s);
	default:
		return fail(s, "a value");
	}
}

static int check_key(struct scan *s, const char *expected)
{
	int r;

	skip_space(s);
	if (peek(s) != '"')
		return fail(s, expected);
	r = check_string(s);
	if (r < 0)
		return r;
	skip_space(s);
	if (peek(s) != ':')
		return fail(s, "':' after a key");
	s->at++;
	return 0;
}

/* Enters an object or array. Returns 1 if its first value comes next, 0 if it is empty. */
static int check_open(struct scan *s)
{
	char closer = s->text[s->at] == '{' ? '}' : ']';
	int r;

	if (s->depth == JSON_MAX_DEPTH)
		return reason_set(s->reason, EBADMSG, "not-json",
		        "line %zu: nested deeper than %d levels", json_line(s->text, s->at),
		        JSON_MAX_DEPTH);
	s->at++;
	skip_space(s);
	if (peek(s) == closer) {
		s->at++;
		return 0;
	}
	s->closers[s->depth++] = closer;
	r = closer == '}' ? check_key(s, "a key in quotes or '}'") : 0;
	return r < 0 ? r : 1;
}

/* Returns 1 if a value inside this one comes next, 0 after a complete one. */
static int check_value(struct scan *s)
{
	skip_space(s);
	if (peek(s) == '{' || peek(s) == '[')
		return check_open(s);
	return check_scalar(s);
}

/* Closes what ends after a value. Returns 1 if another value comes next, 0 if all is closed. */
static int check_next(struct scan *s)
{
	for (; s->depth > 0; s->depth--, s->at++) {
		bool in_object = s->closers[s->depth - 1] == '}';

		skip_space(s);
		if (peek(s) == ',') {
			int r = 0;

			s->at++;
			if (in_object)
				r = check_key(s, "a key in quotes after ','");
			return r < 0 ? r : 1;
		}
		if (peek(s) != s->closers[s->depth - 1])
			return fail(s, in_object ? "',' or '}'" : "',' or ']'");
	}
	return 0;
}

int json_check(const char *text, size_t size, struct reason *ret_reason)
{
	struct scan s = {.text = text, .size = size, .reason = ret_reason};
	int r;

	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return reason_set(ret_reason, EBADMSG, "not-json",
		        "line 1: expected a value, found a byte order mark (save it as UTF-8 "
		        "without one)");
	do {
		r = check_value(&s);
		if (r == 0)
			r = check_next(&s);
	} while (r > 0);
	if (r < 0)
		return r;
	skip_space(&s);
	return s.at == size ? 0 : fail(&s, "the end of the file");
}

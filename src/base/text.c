/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

size_t text_utf8_size(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (n == 0 || s[0] > 0xf4 || (s[0] == 0xe0 && s[1] < 0xa0) ||
	        (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	        (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool is_ascii_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

bool text_is_control(const char *s)
{
	return is_ascii_control(s[0]) ||
	       ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0);
}

void text_sanitize(char *s)
{
	for (;;) {
		size_t n;

		while (*s >= 0x20 && *s < 0x7f) /* nearly all text, a byte at a time */
			s++;
		if (!*s)
			return;
		n = text_utf8_size(s);
		if (n == 0 || text_is_control(s)) {
			*s = '?';
			n = 1;
		}
		s += n;
	}
}

static bool is_visible(char c)
{
	return c > 0x20 && (unsigned char)c < 0x7f;
}

void text_to_ascii(char *s, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (s[i] != ' ' && !is_visible(s[i]))
			s[i] = '?';
}

bool text_has_control(const char *s, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (is_ascii_control(s[i]))
			return true;
	return false;
}

bool text_is_visible(const char *s, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!is_visible(s[i]))
			return false;
	return true;
}

bool text_is_word(const char *s, size_t max)
{
	size_t size = strlen(s);

	return size > 0 && size <= max && text_is_visible(s, size);
}

bool text_is_url(const char *s)
{
	return text_is_visible(s, strlen(s)) && !strpbrk(s, "\"\\<>^`{|}");
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Base64, encoded, and decoded strictly: no white space, no missing padding, no stray bits (RFC
 * 4648 3.5). The network controls the text, which contains a token.
 */

#include "base/base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Returns 0 and the number of digits before the padding, or -EINVAL. */
static int count_digits(const char *text, size_t size, size_t *ret_digits)
{
	size_t digits = size;
	int unused;

	if (size % 4 != 0)
		return -EINVAL;
	while (digits > 0 && size - digits < 2 && text[digits - 1] == '=')
		digits--;
	for (size_t i = 0; i < digits; i++)
		if (digit_value(text[i]) < 0)
			return -EINVAL;
	unused = size - digits == 2 ? 0xf : size - digits == 1 ? 0x3 : 0;
	if (unused && (digit_value(text[digits - 1]) & unused))
		return -EINVAL;
	*ret_digits = digits;
	return 0;
}

int base64_decode(const char *text, size_t size, struct secret *ret)
{
	uint32_t bits = 0;
	size_t digits, n = 0;
	char *out;
	int r = count_digits(text, size, &digits);

	if (r < 0)
		return r;
	out = secret_reserve(ret, digits * 6 / 8);
	for (size_t i = 0; i < digits; i++) {
		bits = bits << 6 | (uint32_t)digit_value(text[i]);
		if (i % 4 != 0)
			out[n++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	secret_grown(ret, n);
	return 0;
}

void base64_encode(const void *data, size_t size, struct secret *ret)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                               "0123456789+/";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i += 3) {
		size_t n = size - i < 3 ? size - i : 3;
		unsigned group = (unsigned)bytes[i] << 16 | (n > 1 ? bytes[i + 1] : 0U) << 8 |
		                 (n > 2 ? bytes[i + 2] : 0U);
		char text[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63], '=', '='};

		if (n > 1)
			text[2] = alphabet[group >> 6 & 63];
		if (n > 2)
			text[3] = alphabet[group & 63];
		secret_append(ret, text, sizeof(text));
		explicit_bzero(text, sizeof(text));
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sanitize.h"

#include <stddef.h>

/* The bytes of the character at s, or 0 where it is none. Reads no further than the NUL. */
static size_t utf8_size(const unsigned char *s)
{
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

void sanitize(char *s)
{
	for (unsigned char *c = (unsigned char *)s; *c;) {
		size_t n = utf8_size(c);

		/* U+0080 to U+009F are control characters, too. */
		if (n == 0 || *c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0)) {
			*c = '?';
			n = 1;
		}
		c += n;
	}
}

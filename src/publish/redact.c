/* SPDX-License-Identifier: Apache-2.0 */

/* The server controls the text. */

#include "publish/redact.h"

#include <string.h>

#include "base/alloc.h"

#define TOO_LONG 40 /* a name is shorter, mostly; a key of AWS or of Rancher is not */
#define INSTEAD "…"

char *redact(const char *text)
{
	/* Of base64, in both of its alphabets. */
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                              "0123456789+/=_-";
	char *copy = xstrdup(text ? text : ""), *to = copy;

	for (const char *from = copy; *from;) {
		size_t size = strspn(from, letters);

		if (size >= TOO_LONG) {
			memcpy(to, INSTEAD, strlen(INSTEAD));
			to += strlen(INSTEAD);
			from += size;
			continue;
		}
		size += from[size] != '\0';
		memmove(to, from, size);
		to += size;
		from += size;
	}
	*to = '\0';
	return copy;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The server controls the text. */

#include "publish/redact.h"

#include <string.h>

#include "base/alloc.h"

#define TOO_LONG 40 /* most names are shorter; keys of AWS and Rancher are not */
#define REPLACEMENT "…"

char *redact(const char *text)
{
	/* Both alphabets of base64. */
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                              "0123456789+/=_-";
	char *copy = xstrdup(text ? text : ""), *to = copy;

	for (const char *from = copy; *from;) {
		size_t size = strspn(from, letters);

		if (size >= TOO_LONG) {
			memcpy(to, REPLACEMENT, strlen(REPLACEMENT));
			to += strlen(REPLACEMENT);
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

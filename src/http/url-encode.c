/* SPDX-License-Identifier: Apache-2.0 */
#include "http/url-encode.h"

#include <stdbool.h>
#include <string.h>

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void url_append_encoded(struct secret *ret, const char *bytes, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)bytes[i];
		const char escape[] = {'%', digits[c >> 4], digits[c & 15]};

		if (is_unreserved(bytes[i]))
			secret_append(ret, &bytes[i], 1);
		else
			secret_append(ret, escape, sizeof(escape));
	}
}

void url_append_parameter(struct secret *query, const char *key, const char *value)
{
	if (query->size > 0)
		secret_append(query, "&", 1);
	secret_append_string(query, key);
	secret_append(query, "=", 1);
	url_append_encoded(query, value, strlen(value));
}

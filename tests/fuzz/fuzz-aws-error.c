/* SPDX-License-Identifier: Apache-2.0 */

/* A reply of any kind: an X-Amzn-Errortype header up to the first newline, and the body. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fetch/api/aws-error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;
	size_t header_size = newline ? (size_t)(newline - text) : 0;
	size_t body_size = newline ? size - header_size - 1 : size;
	_cleanup_(freep) char *header = xstrndup(text, header_size);
	_cleanup_(freep) char *body = xcalloc(1, body_size + 1);
	char code[64], message[256];

	memcpy(body, text + size - body_size, body_size);
	aws_error_parse(body, body_size, *header ? header : NULL, code, sizeof(code), message,
	        sizeof(message));
	if (strlen(code) >= sizeof(code) || strlen(message) >= sizeof(message))
		abort();
	for (const char *c = message; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			abort();
	aws_error_kind(400, code);
	return 0;
}

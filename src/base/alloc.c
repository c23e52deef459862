/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static void *check(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		_exit(EXIT_FAILURE);
	}
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	return check(calloc(count, size));
}

void *xreallocarray(void *old, size_t count, size_t size)
{
	return check(reallocarray(old, count, size));
}

char *xstrdup(const char *s)
{
	return check(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	size_t size = strnlen(s, n);
	char *copy = xcalloc(1, size + 1);

	return memcpy(copy, s, size);
}

char *xasprintf(const char *format, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, format);
	if (vasprintf(&s, format, ap) < 0)
		s = NULL;
	va_end(ap);
	return check(s);
}

char *xconcat(const char *first, ...)
{
	size_t size = 1, used = 0;
	char *text;
	va_list ap;

	va_start(ap, first);
	for (const char *s = first; s; s = va_arg(ap, const char *))
		size += strlen(s);
	va_end(ap);
	text = xcalloc(1, size);
	va_start(ap, first);
	for (const char *s = first; s; s = va_arg(ap, const char *)) {
		size_t n = strlen(s);

		memcpy(text + used, s, n);
		used += n;
	}
	va_end(ap);
	return text;
}

void *array_append(void *array_pointer, size_t *count, size_t element_size)
{
	char **array = array_pointer;

	/* Grows at 0, 1, 2, 4, 8 … elements: the capacity is the next power of two. */
	if ((*count & (*count - 1)) == 0)
		*array = xreallocarray(*array, *count ? *count * 2 : 1, element_size);
	return memset(*array + (*count)++ * element_size, 0, element_size);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <string.h>

#include "base/alloc.h"

char *secret_reserve(struct secret *s, size_t more)
{
	size_t wanted = s->size + more + 1;

	/* realloc() would leave a copy in the old block. */
	if (wanted > s->allocated) {
		size_t allocated = s->allocated * 2 > wanted ? s->allocated * 2 : wanted;
		char *data = xcalloc(1, allocated);

		if (s->data) {
			memcpy(data, s->data, s->size);
			explicit_bzero(s->data, s->allocated);
			free(s->data);
		}
		s->data = data;
		s->allocated = allocated;
	}
	return s->data + s->size;
}

void secret_grown(struct secret *s, size_t more)
{
	s->size += more;
	s->data[s->size] = '\0';
}

void secret_append(struct secret *s, const void *data, size_t size)
{
	char *end = secret_reserve(s, size);

	if (size > 0)
		memcpy(end, data, size);
	secret_grown(s, size);
}

void secret_append_string(struct secret *s, const char *string)
{
	secret_append(s, string, strlen(string));
}

void secret_set(struct secret *s, const void *data, size_t size)
{
	struct secret fresh = {};

	secret_append(&fresh, data, size);
	secret_done(s);
	*s = fresh;
}

void secret_set_string(struct secret *s, const char *string)
{
	secret_set(s, string, strlen(string));
}

void secret_move(struct secret *s, struct secret *from)
{
	secret_done(s);
	*s = *from;
	*from = (struct secret){};
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

const char *secret_string(const struct secret *s)
{
	return s->data ? s->data : "";
}

void secret_done(struct secret *s)
{
	if (s->data) {
		explicit_bzero(s->data, s->allocated);
		free(s->data);
	}
	*s = (struct secret){};
}

void secret_free_string(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

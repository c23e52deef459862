/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The type for bytes that must not outlive their use: keys, tokens, and every file or reply that
 * may contain one. Its memory is overwritten whenever it is freed or moved.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct secret {
	char *data; /* followed by a NUL that is not counted; NULL while empty */
	size_t size;
	size_t allocated;
};

#define _secret_ _cleanup_(secret_done)

/* Appends bytes. */
void secret_append(struct secret *s, const void *data, size_t size);
void secret_append_string(struct secret *s, const char *string);

/*
 * Makes room for more bytes after the present ones, to read into; secret_grown() then counts them.
 */
char *secret_reserve(struct secret *s, size_t more);
void secret_grown(struct secret *s, size_t more);

/* Replaces the contents. */
void secret_set(struct secret *s, const void *data, size_t size);
void secret_set_string(struct secret *s, const char *string);

/* Moves the contents of from to the empty s. */
void secret_move(struct secret *s, struct secret *from);

bool secret_equal(const struct secret *a, const struct secret *b);

/* Returns the contents as a string, "" while empty. */
const char *secret_string(const struct secret *s);

/* Overwrites and frees the contents; s is empty afterwards and can be used again. */
void secret_done(struct secret *s);

/* Overwrites and frees a string that is not in a struct secret. */
void secret_free_string(char *s);

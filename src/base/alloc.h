/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Allocation that cannot fail. The programs run for milliseconds, everything they read is bounded
 * and every file is replaced atomically, so that running out of memory may end the process with a
 * message: nothing is left half-done.
 */

#include <stddef.h>

#include "base/cleanup.h"

void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *format, ...) _printf_(1, 2);

/*
 * Concatenates strings; the last argument is NULL. A pull uses it instead of xasprintf(), whose
 * code is a tenth of what a short run has in memory.
 */
char *xconcat(const char *first, ...) __attribute__((sentinel));

/*
 * Appends one zeroed element to a growing array and returns it; *count is the number of elements.
 */
void *array_append(void *array_pointer, size_t *count, size_t element_size);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Why something failed, for the operator: a stable word for programs, and a sentence that names the
 * cause and the fix. Library code fills it in and returns a negative errno; the outermost function,
 * which knows the user and the registry, logs it once. It never contains a secret.
 */

#include "base/cleanup.h"

struct reason {
	char code[64];   /* "AccessDeniedException", "not-json"; ours are lower-case */
	char text[1536]; /* one line, printable, UTF-8; enough for all providers that were tried */
};

/*
 * Fills in ret and returns -error, so that a failing function can end with it. Control characters,
 * which may come from a reply or a file, become '?'. ret may be NULL.
 */
int reason_set(struct reason *ret, int error, const char *code, const char *format, ...)
        _printf_(4, 5);

/* Inserts a prefix ("PATH: ") before the text; returns error unchanged. */
int reason_prefix(struct reason *reason, int error, const char *format, ...) _printf_(3, 4);

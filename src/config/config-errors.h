/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Collects the errors of an ini in the order of its lines, although the file is checked in several
 * passes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

#define CONFIG_MAX_ERRORS 20

/* The errors, "FILE:LINE: …" each, in the order of the lines. */
struct config_errors {
	char *messages[CONFIG_MAX_ERRORS];
	size_t count;
	bool more; /* there were others after these */
};

struct config_error_list {
	const char *name; /* of the file */
	struct config_errors errors;
	unsigned lines[CONFIG_MAX_ERRORS]; /* of errors.messages */
};

void config_errors_add(struct config_error_list *errors, unsigned line, const char *format, ...)
        _printf_(3, 4);

/*
 * Quotes a value of the file for a message: 'text', or only its length if it is longer than any
 * name, because it may be a token in the wrong place. Control and non-ASCII characters become '?'.
 * Returns buffer.
 */
#define CONFIG_QUOTE_MAX 64
#define CONFIG_QUOTE_SIZE (CONFIG_QUOTE_MAX + 3)
const char *config_quote(const char *text, char buffer[static CONFIG_QUOTE_SIZE]);

void config_errors_done(struct config_errors *e);

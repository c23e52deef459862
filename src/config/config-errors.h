/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Collects what is wrong in an ini, in the order of the lines although the file is looked through
 * more than once.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

#define CONFIG_MAX_ERRORS 20

/* What is wrong, one "FILE:LINE: …" each, in the order of the lines. */
struct config_errors {
	char *messages[CONFIG_MAX_ERRORS];
	size_t count;
	bool more; /* there were others, further down */
};

struct config_error_list {
	const char *name; /* of the file */
	struct config_errors errors;
	unsigned lines[CONFIG_MAX_ERRORS]; /* of errors.messages */
};

void config_errors_add(struct config_error_list *errors, unsigned line, const char *format, ...)
        _printf_(3, 4);

/*
 * What the file says, made fit for a message: 'text', or only its length where it is longer than
 * any name should be and so may be a token put into the wrong place. Control and non-ASCII
 * characters become '?'. Returns buffer.
 */
#define CONFIG_QUOTE_MAX 64
#define CONFIG_QUOTE_SIZE (CONFIG_QUOTE_MAX + 3)
const char *config_quote(const char *text, char buffer[static CONFIG_QUOTE_SIZE]);

void config_errors_done(struct config_errors *e);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Collects what is wrong in an ini, in the order of the lines although the file is looked through
 * more than once. For config*.c only.
 */

#include "base/cleanup.h"
#include "common/config.h"

struct config_report {
	const char *name; /* of the file */
	struct config_errors errors;
	unsigned lines[CONFIG_MAX_ERRORS]; /* of errors.messages */
};

void config_report_add(struct config_report *report, unsigned line, const char *format, ...)
        _printf_(3, 4);

/*
 * What the file says, made fit for a message: 'text', or only its length where it is longer than
 * any name should be and so may be a token put into the wrong place. Control and non-ASCII
 * characters become '?'. Returns buffer.
 */
#define CONFIG_QUOTE_MAX 64
#define CONFIG_QUOTE_SIZE (CONFIG_QUOTE_MAX + 3)
const char *config_quote(const char *text, char buffer[static CONFIG_QUOTE_SIZE]);

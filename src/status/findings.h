/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The findings of a check, in order: a line for each subject, and the details below it. For people;
 * never with a secret.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/reason.h"
#include "base/secret.h"

/* A note is worth knowing although nothing has failed. */
enum severity { FINDING_GOOD, FINDING_NOTE, FINDING_BAD };

struct finding {
	enum severity severity;
	const char *code; /* of a bad one, its paragraph in the README ("timer-stopped"), or NULL */
	char *subject;
	char **lines;
	size_t n_lines;
};

struct findings {
	struct finding *items;
	size_t count;
};

/* Adds a finding. Returns it, valid until the next one is added. */
struct finding *findings_add(struct findings *f, enum severity severity, const char *format, ...)
        _printf_(3, 4);

/* Adds a bad finding with the code of its paragraph in the README, as above. */
struct finding *findings_add_bad(struct findings *f, const char *code, const char *format, ...)
        _printf_(3, 4);

void finding_add_line(struct finding *f, const char *format, ...) _printf_(2, 3);

/* Adds a command to type, on a separate line. */
void finding_add_command(struct finding *f, const char *format, ...) _printf_(2, 3);

/* Adds a reason from AWS, and the missing IAM action if AWS names it. */
void finding_add_reason(struct finding *f, const struct reason *reason);

/*
 * Returns the paragraph of the README for the code of a failed request to AWS
 * ("AccessDeniedException", "dns"). Never NULL.
 */
const char *finding_code_of(const char *reason_code);

/* Reports whether none is bad. */
bool findings_are_good(const struct findings *f);

/* Pure. Appends the findings to ret as text; colour adds escape sequences. */
void findings_format(const struct findings *f, bool colour, struct secret *ret);

/* Prints the findings, in colour if standard output is a terminal. Returns 0 or a negative errno.
 */
int findings_print(const struct findings *f);

void findings_done(struct findings *f);

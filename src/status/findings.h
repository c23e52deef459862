/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a check found, in the order it looked: a line for each subject, and what there is to say
 * about it. For people; no secret is ever in it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/reason.h"
#include "base/secret.h"

/* A note is worth knowing, and nothing that ecr-refresher was told to do has failed. */
enum severity { FINDING_GOOD, FINDING_NOTE, FINDING_BAD };

struct finding {
	enum severity severity;
	const char *code; /* of a bad one: its paragraph in the README ("timer-stopped"); or NULL */
	char *subject;
	char **lines;
	size_t n_lines;
};

struct findings {
	struct finding *items;
	size_t count;
};

/* The new finding; valid until the next one is added. */
struct finding *findings_add(struct findings *f, enum severity severity, const char *format, ...)
        _printf_(3, 4);

/* The new finding; bad, and with the paragraph of the README that explains it. */
struct finding *findings_add_bad(struct findings *f, const char *code, const char *format, ...)
        _printf_(3, 4);

void finding_say(struct finding *f, const char *format, ...) _printf_(2, 3);

/* What to type, on a line of its own. */
void finding_type(struct finding *f, const char *format, ...) _printf_(2, 3);

/* A reason of AWS's, and the IAM action that is missing where AWS names it. */
void finding_say_reason(struct finding *f, const struct reason *reason);

/*
 * The paragraph of the README about a reason's code ("AccessDeniedException", "dns") of something
 * that AWS, or the way to it, did not give us. Never NULL.
 */
const char *finding_code_of(const char *reason_code);

/* Whether none is bad. */
bool findings_are_good(const struct findings *f);

/* Pure: as text, appended to ret; colour: with escape sequences. */
void findings_format(const struct findings *f, bool colour, struct secret *ret);

/* On standard output, in colour where that is a terminal. Returns 0 or a negative errno. */
int findings_print(const struct findings *f);

void findings_done(struct findings *f);

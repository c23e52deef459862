/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a check found, in the order it looked: a line for each subject, and what there is to say
 * about it. For people; no secret is ever in it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "secret.h"

enum severity { FINDING_GOOD, FINDING_BAD };

struct finding {
	enum severity severity;
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

void finding_say(struct finding *f, const char *format, ...) _printf_(2, 3);

bool findings_are_good(const struct findings *f);

/* Pure: as text, appended to ret; colour: with escape sequences. */
void findings_format(const struct findings *f, bool colour, struct secret *ret);

void findings_done(struct findings *f);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One fact on its way to a finding (diagnose-user.c), a file of functions for each kind of facts.
 */

#include "check/diagnose/diagnose-user.h"

struct report {
	const struct checkup *c;
	const struct user_facts *u;
	const struct fact *fact;
	struct findings *findings;
};

typedef void report_function(const struct report *r);

/* Runs the fact's function. Returns whether the table has one. */
bool report_by(report_function *const table[static FACT_KIND_COUNT], const struct report *r);

/* Each reports the facts that it knows, and returns whether this is one of them. */
bool report_file_fact(const struct report *r);
bool report_entry_fact(const struct report *r);
bool report_helper_fact(const struct report *r);
bool report_detour_fact(const struct report *r);

/* "docker", "docker and podman", "docker, podman and Watchtower". */
const char *report_client_names(unsigned clients);

/* "docker does not", "docker and podman do not": without the names. */
const char *report_does_not(unsigned clients);

/* Whether the user's helper answers with the service's tokens; and that it does not. */
bool report_may_read_tokens(const struct report *r);
void report_say_own_identity(const struct report *r, struct finding *f);

/* Which file, and what is to be done there. */
void report_say_edit(const struct report *r, struct finding *f, const char *what);

/* Puts a file out of the way; its owner does it, so that nothing is done with root's rights. */
void report_type_move(const struct report *r, struct finding *f);

void report_type_logout(const struct report *r, struct finding *f, const char *key);

/* Unless there is nothing but pulls. */
void report_type_refresh(const struct report *r, struct finding *f);

/*
 * A word for a shell: users choose the names of files and keys, and whoever pastes a command may be
 * root. The caller frees the result.
 */
char *report_quote(const char *word);

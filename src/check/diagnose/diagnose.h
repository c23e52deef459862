/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One fact on its way to a finding (diagnose-user.c), a file of functions for each kind of facts.
 */

#include "check/diagnose/diagnose-user.h"

struct diagnosis {
	const struct check_context *c;
	const struct user_facts *u;
	const struct fact *fact;
	struct findings *findings;
};

typedef void report_function(const struct diagnosis *r);

/* Runs the fact's function. Returns whether the table has one. */
bool diagnose_by(report_function *const table[static FACT_KIND_COUNT], const struct diagnosis *r);

/* Each reports the facts that it knows, and returns whether this is one of them. */
bool diagnose_file_fact(const struct diagnosis *r);
bool diagnose_entry_fact(const struct diagnosis *r);
bool diagnose_helper_fact(const struct diagnosis *r);
bool diagnose_override_fact(const struct diagnosis *r);

/* "docker", "docker and podman", "docker, podman and Watchtower". */
const char *diagnose_client_names(unsigned clients);

/* "docker does not", "docker and podman do not": without the names. */
const char *diagnose_does_not(unsigned clients);

/* Whether the user's helper answers with the service's tokens; and that it does not. */
bool diagnose_may_read_tokens(const struct diagnosis *r);
void diagnose_say_own_identity(const struct diagnosis *r, struct finding *f);

/* Which file, and what is to be done there. */
void diagnose_say_edit(const struct diagnosis *r, struct finding *f, const char *what);

/* Puts a file out of the way; its owner does it, so that nothing is done with root's rights. */
void diagnose_type_move(const struct diagnosis *r, struct finding *f);

void diagnose_type_logout(const struct diagnosis *r, struct finding *f, const char *key);

/* Unless there is nothing but pulls. */
void diagnose_type_refresh(const struct diagnosis *r, struct finding *f);

/*
 * A word for a shell: users choose the names of files and keys, and whoever pastes a command may be
 * root. The caller frees the result.
 */
char *diagnose_quote(const char *word);

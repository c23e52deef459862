/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the findings have in common: names, sentences and commands. */

#include "check/diagnose/diagnosis.h"

/* Calls the fact's function. Returns whether the table has one. */
bool diagnose_by(diagnose_function *const table[static FACT_KIND_COUNT], const struct diagnosis *d);

/* Returns "docker", "docker and podman", "docker, podman and Watchtower". */
const char *diagnose_client_names(unsigned clients);

/* Returns the form of the verb that follows their names. */
const char *diagnose_verb(unsigned clients, const char *singular, const char *plural);

/* Reports whether the user's helper can read the service's tokens. */
bool diagnose_may_read_tokens(const struct diagnosis *d);

/* Says that it cannot. */
void diagnose_add_own_identity(const struct diagnosis *d, struct finding *f);

/* Says which file to edit, and how. */
void diagnose_add_edit(const struct diagnosis *d, struct finding *f, const char *what);

/* Adds the command that moves the file away; its owner types it, so that root's rights are not
 * used. */
void diagnose_type_move(const struct diagnosis *d, struct finding *f);

/* Adds the command that removes an entry from podman's file. */
void diagnose_type_logout(const struct diagnosis *d, struct finding *f, const char *key);

/* Adds the command that starts a run, unless the scope is SCOPE_PULL, in which nothing runs. */
void diagnose_type_refresh(const struct diagnosis *d, struct finding *f);

/*
 * Returns a word for a shell, owned: users choose the names of files and keys, and the one who
 * pastes a command may be root.
 */
char *diagnose_quote(const char *word);

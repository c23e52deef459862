/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looks at users' files, each by a process that has become that user, some at a time, each within a
 * time limit. What comes back through its pipe are facts, and no more than FACTS_MAX of them.
 */

#include <sys/types.h>

#include "check/probe/probe.h"
#include "check/probe/user-facts.h"
#include "state/tokens.h"

/* One user's look. */
struct look {
	struct examine_request request; /* but for the next two */
	struct examine_host *hosts;
	char **files;
	pid_t pid; /* while it goes on, as all that follows */
	int fd;
	struct fact fact; /* the first n_read bytes of the next one */
	size_t n_read;
	bool is_done;
};

/* Adds a registry whose entry is to be there; borrowed. */
void look_add_host(struct look *l, const char *host, const struct secret *auth);

/* Adds a file, as the ini spells it; borrowed. */
void look_add_file(struct look *l, char *file);

/* Runs them all. tokens: those that the hosts' auths are of; each process keeps its own. */
void looks_run(struct look *looks, size_t n, struct tokens *tokens, struct user_facts *ret);

void look_done(struct look *l);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looks at users' files, each by a process that has become that user, some at a time, each within a
 * time limit. What comes back through its pipe are facts, and no more than FACTS_MAX of them.
 */

#include <sys/types.h>

#include "check/probe/fact.h"
#include "check/probe/probe-request.h"
#include "state/tokens.h"

/* One user's look. */
struct probe_process {
	struct probe_request request; /* but for the next two */
	struct probe_host *hosts;
	char **files;
	pid_t pid; /* while it goes on, as all that follows */
	int fd;
	struct fact fact; /* the first n_read bytes of the next one */
	size_t n_read;
	bool is_done;
};

/* Adds a registry whose entry is to be there; borrowed. */
void probe_process_add_host(struct probe_process *l, const char *host, const struct secret *auth);

/* Adds a file, as the ini spells it; borrowed. */
void probe_process_add_file(struct probe_process *l, char *file);

/* Runs them all. tokens: those that the hosts' auths are of; each process keeps its own. */
void probe_processes_run(
        struct probe_process *looks, size_t n, struct tokens *tokens, struct user_facts *ret);

void probe_process_done(struct probe_process *l);

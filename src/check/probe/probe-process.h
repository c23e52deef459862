/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Probes users' files, each in a process that has become that user, several at a time, within a
 * time limit. Its pipe carries facts, FACTS_MAX at most.
 */

#include <sys/types.h>

#include "check/probe/fact.h"
#include "check/probe/probe-request.h"
#include "state/tokens.h"

/* The probe of one user. */
struct probe_process {
	struct probe_request request; /* its hosts and files are the next two */
	struct probe_host *hosts;
	char **files;
	pid_t pid; /* this and what follows: while it runs */
	int fd;
	struct fact fact; /* the first n_read bytes of the next fact */
	size_t n_read;
	bool is_done;
};

/* Adds a registry whose entry is expected; borrowed. */
void probe_process_add_host(struct probe_process *p, const char *host, const struct secret *auth);

/* Adds a file, as the ini spells it; borrowed. */
void probe_process_add_file(struct probe_process *p, char *file);

/*
 * Runs all probes. tokens: the owner of the hosts' auths; each process keeps only those of its
 * user.
 */
void probe_processes_run(
        struct probe_process *probes, size_t n, struct tokens *tokens, struct user_facts *ret);

void probe_process_done(struct probe_process *p);

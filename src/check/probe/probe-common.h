/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of a probe share. */

#include "check/clients/client-file.h"
#include "check/clients/client-lookup.h"
#include "check/probe/fact.h"
#include "check/probe/probe-request.h"

struct probe {
	const struct probe_request *request;
	const struct client_environment *environment;
	struct facts *facts;
	struct client_file *files; /* the configured ones */
	size_t n_files;
};

/* Returns the configured file that a path leads to, or NULL. */
struct client_file *probe_find_file(const struct probe *x, const char *path);

/* Reports whether the entry is the one that is expected. */
bool probe_host_accepts(const struct probe_host *host, const struct client_entry *e);

/* Adds the facts about an entry, whichever client reads it. Returns whether it is as expected. */
bool probe_entry(struct probe *x, const struct client_file *f, const struct probe_host *host);

/* Adds the fact that a client asks a helper instead of reading an entry. */
void probe_add_helper_fact(struct probe *x, const char *path, const char *host, unsigned client,
        const struct lookup *l);

/* Adds which variables the probe honoured. */
void probe_add_environment_fact(struct probe *x);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One user's files, looked at as that user and by the rules of the clients: would docker, podman
 * and Watchtower find our entries? Nothing is changed. The user controls the files, the paths and,
 * where it is the user's own check, the environment.
 */

#include "check/clients/client-lookup.h"
#include "check/probe/fact.h"
#include "state/written.h"

/* A registry whose entry is to be there. */
struct probe_host {
	const char *host;
	const struct secret
	        *auth; /* the entry's; NULL: not known, any of Amazon's tokens will do */
};

enum probe_kind {
	EXAMINE_FILES,   /* the configured files */
	EXAMINE_PULLS,   /* what our helper is asked for; all but the user is unused */
	EXAMINE_ACCOUNT, /* what the clients find for the hosts although nothing is configured */
};

struct probe_request {
	enum probe_kind kind;
	const char *user;
	char *const *files; /* as the ini spells them, "~/…" or absolute */
	size_t n_files;
	const struct probe_host *hosts;
	size_t n_hosts;
	const struct written *record; /* tells an old entry of ours from a foreign one */
	bool is_own_environment;      /* DOCKER_CONFIG and the like are this user's */
};

/* Becomes the user where we are root, and looks. To be called in a process of its own. */
void probe_user(const struct probe_request *request, struct facts *ret);

/*
 * What the clients ask our helper for, whatever is configured: a FACT_ASKED for each registry, and
 * what keeps them from it.
 */
void probe_helper_use(const struct probe_request *request,
        const struct client_environment *environment, const char *docker_auth_config,
        struct facts *ret);

/*
 * What docker and podman find for the hosts, whatever is configured: for each host a FACT_FOUND,
 * FACT_ENTRY_OLD, FACT_ENTRY_MISSING, FACT_HELPER or FACT_HELPER_MISSING; and a FACT_SEEN for each
 * of their files.
 */
void probe_account(const struct probe_request *request,
        const struct client_environment *environment, struct facts *ret);

/* The look at the configured files, with a given environment. */
void probe_files(const struct probe_request *request, const struct client_environment *environment,
        const char *docker_auth_config, struct facts *ret);

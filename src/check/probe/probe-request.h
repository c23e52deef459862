/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a probe of one user's files is asked. */

#include "base/secret.h"
#include "state/written.h"

/* A registry whose entry is expected. */
struct probe_host {
	const char *host;
	const struct secret *auth; /* of the entry; NULL if unknown: any ECR token is accepted */
};

enum probe_kind {
	PROBE_FILES,      /* the configured files */
	PROBE_HELPER_USE, /* what the clients ask our helper for; only the user is used */
	PROBE_ACCOUNT,    /* what the clients find for the hosts although nothing is configured */
};

struct probe_request {
	enum probe_kind kind;
	const char *user;
	char *const *files; /* as the ini spells them, "~/…" or absolute */
	size_t n_files;
	const struct probe_host *hosts;
	size_t n_hosts;
	const struct written *record; /* to recognize our old entries */
	bool is_own_environment;      /* DOCKER_CONFIG and the like are this user's */
};

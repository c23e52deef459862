/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a probe of one user's files found: plain data, because it comes through a pipe from a
 * process that has become that user, who therefore controls it.
 */

#include <limits.h>

#include "aws/registry-host.h"
#include "check/clients/client.h"

enum fact_kind {
	FACT_FOUND,           /* path: the clients find all entries in it, or that of host */
	FACT_BY_HELPER,       /* path; detail: our helper, which they ask instead */
	FACT_ASKED,           /* path, host ("": all): it names our helper for the host */
	FACT_SEEN,            /* path of an existing file; of a configured one the real path */
	FACT_ENVIRONMENT,     /* detail: the variables that the probe honoured */
	FACT_NO_USER,         /* detail: why */
	FACT_NO_HOME,         /* path; detail: why */
	FACT_FILE_MISSING,    /* path */
	FACT_FILE_UNREADABLE, /* path; detail: why */
	FACT_FILE_UNWRITABLE, /* path; detail: why */
	FACT_FILE_BROKEN,     /* path; detail: line and error */
	FACT_ENTRY_MISSING,   /* path, host */
	FACT_ENTRY_OLD,       /* path, host: ours, but not the current token; or expired */
	FACT_ENTRY_FOREIGN,   /* path, host: not ours */
	FACT_IDENTITY_TOKEN,  /* path, host */
	FACT_TWIN,            /* path, host; detail: the other key */
	FACT_MALFORMED,       /* path; detail: the key for which docker refuses the file */
	FACT_HELPER,          /* path, host; detail: the helper of credHelpers */
	FACT_STORE,           /* path; detail: the helper of credsStore */
	FACT_HELPER_MISSING,  /* path, perhaps host; detail: the helper that is not installed */
	FACT_HELPER_EMPTY,    /* path, host: credHelpers has "" */
	FACT_REPOSITORY_KEY,  /* path, host; detail: the key */
	FACT_SHADOWED,        /* path of a file that podman reads earlier, host */
	FACT_SHADOW_BROKEN,   /* path of a file that podman reads earlier; detail: why */
	FACT_DOCKER_CONFIG,   /* path that DOCKER_CONFIG leads to */
	FACT_AUTH_FILE,       /* path that REGISTRY_AUTH_FILE or DOCKER_CONFIG leads podman to */
	FACT_AUTH_CONFIG,     /* host that DOCKER_AUTH_CONFIG has */
	FACT_HELPERS_ONLY,    /* path of the registries.conf that keeps podman from all files */
	FACT_KIND_COUNT,
};

struct fact {
	enum fact_kind kind;
	unsigned clients; /* those concerned */
	char host[HOST_NAME_MAX_SIZE];
	char detail[384];
	char path[PATH_MAX];
};

struct facts {
	struct fact *items;
	size_t count;
};

#define FACTS_MAX 200

/* The facts about one user's files. */
struct user_facts {
	char *user;
	bool is_own_environment;   /* the probe had the user's own environment */
	bool explains_environment; /* this user's findings mention that it had not */
	bool is_incomplete;        /* the probe did not finish: facts may be missing */
	bool has_died;             /* and not because of the time limit: not started, or killed */
	size_t n_hosts;            /* whose entries are expected */
	struct facts facts;
};

/*
 * Adds a fact with its strings made printable, or its clients to an equal one. Adds none beyond
 * FACTS_MAX.
 */
void facts_add(struct facts *f, enum fact_kind kind, unsigned clients, const char *path,
        const char *host, const char *detail);

/* Reports whether a fact of this kind is about the path (NULL: any). */
bool facts_has(const struct facts *f, enum fact_kind kind, const char *path);

/* Makes a fact that came from a user's process safe. Returns false if its kind is unknown. */
bool fact_sanitize(struct fact *fact);

void facts_done(struct facts *f);
void user_facts_done(struct user_facts *u);

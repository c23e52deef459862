/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a look at one user's files found: plain data, for it comes through a pipe from a process
 * that is that user.
 */

#include <limits.h>

#include "aws/registry-host.h"
#include "check/clients/client.h"

enum fact_kind {
	FACT_FOUND,           /* the clients find every entry, or that of host, at path */
	FACT_BY_HELPER,       /* they ask our own helper; detail: its name */
	FACT_ASKED,           /* path, host ("": every one): our helper is asked for it */
	FACT_SEEN,            /* a file that exists: path, with symlinks followed if configured */
	FACT_ENVIRONMENT,     /* detail: what of the environment counted */
	FACT_NO_USER,         /* detail: why */
	FACT_NO_HOME,         /* path; detail: why */
	FACT_FILE_MISSING,    /* path */
	FACT_FILE_UNREADABLE, /* path; detail: why */
	FACT_FILE_UNWRITABLE, /* path; detail: why */
	FACT_FILE_BROKEN,     /* path; detail: where and why */
	FACT_ENTRY_MISSING,   /* path, host */
	FACT_ENTRY_OLD,       /* path, host: ours, but not the present token; or an expired one */
	FACT_ENTRY_FOREIGN,   /* path, host: not ours */
	FACT_IDENTITY_TOKEN,  /* path, host */
	FACT_TWIN,            /* path, host; detail: the key */
	FACT_MALFORMED,      /* path; detail: the key of an entry that spoils the file for docker */
	FACT_HELPER,         /* path, host; detail: what credHelpers names */
	FACT_STORE,          /* path; detail: what credsStore names */
	FACT_HELPER_MISSING, /* path, or host, too; detail: the helper, of which there is no program
	                      */
	FACT_HELPER_EMPTY,   /* path, host: credHelpers has "" */
	FACT_REPOSITORY_KEY, /* path, host; detail: the key */
	FACT_SHADOWED,       /* path of the file in front, host */
	FACT_SHADOW_BROKEN,  /* path of a file in front; detail: why */
	FACT_DOCKER_CONFIG,  /* path: where DOCKER_CONFIG leads */
	FACT_AUTH_FILE,      /* path: where REGISTRY_AUTH_FILE, or DOCKER_CONFIG, leads podman */
	FACT_AUTH_CONFIG,    /* host: DOCKER_AUTH_CONFIG has it */
	FACT_HELPERS_ONLY,   /* path: a registries.conf by which podman asks no file */
	FACT_KIND_COUNT,
};

struct fact {
	enum fact_kind kind;
	unsigned clients; /* whom it concerns */
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

/* Adds one, or its clients to the same one; the strings made printable. Nothing beyond FACTS_MAX.
 */
void facts_add(struct facts *f, enum fact_kind kind, unsigned clients, const char *path,
        const char *host, const char *detail);

/* Whether there is one of this kind about the path (NULL: any). */
bool facts_has(const struct facts *f, enum fact_kind kind, const char *path);

/* Makes one that came from a process of the user safe. Returns false where it is none of ours. */
bool fact_sanitize(struct fact *fact);

void facts_done(struct facts *f);
void user_facts_done(struct user_facts *u);

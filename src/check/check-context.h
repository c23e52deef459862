/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the checks have in common: the options, one service and its state. The state files are the
 * service's; docker's and podman's files, from which struct pull_scope comes, are the user's.
 */

#include "check/probe/fact.h"
#include "config/config.h"
#include "pull/known-registries.h"
#include "state/published.h"
#include "status/findings.h"
#include "status/status.h"

struct check_options {
	const char *config; /* --config, or NULL */
	bool online;        /* also make requests to AWS and the registries */
	bool verbose;
};

enum scope {
	SCOPE_HOST,         /* the host's service, by root */
	SCOPE_OWN,          /* a user's own service */
	SCOPE_USER_OF_HOST, /* what the host's service does for the user who runs the check */
	SCOPE_PULL,         /* what our helper does when that user pulls */
};

/* What that user's clients ask our helper for. */
struct pull_scope {
	/* Checked before, so that it is not reported again; or NULL. */
	const struct status *own, *hosted;
	struct user_facts facts;
	struct known_registries hosts; /* those known by name, without own's */
	bool uses_helper;              /* for these, or for every registry */
};

struct check_context {
	const struct check_options *options;
	enum scope scope;
	struct paths paths;
	int64_t now;
	struct config config; /* empty in SCOPE_USER_OF_HOST */
	struct tokens tokens; /* this and the next two: empty also in SCOPE_PULL */
	struct written record;
	struct published published;
	struct status status;    /* judged */
	char *user;              /* the account that runs the check; NULL if it has no name */
	struct pull_scope pulls; /* in SCOPE_PULL */
	char *caller;            /* the account that ran sudo, in SCOPE_HOST; or NULL */
	bool is_incomplete;      /* this account's files did not answer: not to be probed again */
	int result;              /* an exit status: 0, or that of a check that prints by itself */
};

/*
 * Loads what the scope needs; in SCOPE_PULL check_pulls_open() does the rest. Returns 0, or -EINVAL
 * if there is nothing more to check.
 */
int check_context_open(struct check_context *c, struct findings *ret);
void check_context_done(struct check_context *c);

/*
 * Finds the registry that a client asks our helper for by this name. Returns 0; 1 if clients use
 * another spelling, which is in ret; or -EINVAL if it is not an Amazon ECR registry.
 */
int check_context_find_registry(
        const struct check_context *c, const char *name, char ret[static HOST_NAME_MAX_SIZE]);

/* Returns "systemctl --user", or "sudo systemctl". */
const char *check_context_systemctl(const struct check_context *c);

/* Returns the command that starts a run by hand. */
const char *check_context_refresh(const struct check_context *c);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One service that is looked at, and the checks. A new one is a function and a line in check.c's
 * list.
 */

#include "check/check.h"
#include "check/probe/user-facts.h"
#include "config/config-load.h"
#include "pull/known-registries.h"
#include "state/published.h"
#include "status/findings.h"
#include "status/status.h"

enum scope {
	SCOPE_HOST,         /* the host's service, by root */
	SCOPE_OWN,          /* a user's own service */
	SCOPE_USER_OF_HOST, /* what the host's service does for the user who asks */
	SCOPE_PULL,         /* what our helper does when that user pulls */
};

/* What the helper is asked for by who asks us. */
struct pulls {
	const struct status *own, *hosted; /* what is served besides, and looked at; or NULL */
	struct user_facts facts;
	struct known_registries hosts; /* those that can be named; not those of own */
	bool is_asked;                 /* for these, or for every registry */
};

struct check_context {
	const struct check_options *options;
	enum scope scope;
	struct paths paths;
	int64_t now;
	struct config config; /* empty in SCOPE_USER_OF_HOST, as are the next three; these in
	                         SCOPE_PULL */
	struct tokens tokens;
	struct written record;
	struct published published;
	struct status status; /* judged */
	char *user;           /* whose account this is; NULL where it has no name */
	struct pulls pulls;   /* in SCOPE_PULL */
	char *caller;         /* who ran us with sudo, in SCOPE_HOST; or NULL */
	bool is_unanswered;   /* the files of who asks; nor would they answer a second look */
	int result;           /* an exit status: 0, or what a check that prints by itself found */
};

/* The ini; loads all the rest. Returns 0, or -EINVAL where there is nothing more to look at. */
int check_context_open(struct check_context *c, struct findings *ret);
void check_context_done(struct check_context *c);

/* The opening in SCOPE_PULL: check_context_open() calls it. */
int pulls_open(struct check_context *c, struct findings *ret);
void pulls_done(struct pulls *p);

/*
 * The registry that a client asks our helper for by this name. Returns 0; 1 where the clients call
 * it otherwise, as ret does; or -EINVAL where it is none of Amazon's.
 */
int pulls_find_host(
        const struct check_context *c, const char *name, char ret[static HOST_NAME_MAX_SIZE]);

/* The checks. Each adds its findings. */
void check_service(struct check_context *c, struct findings *ret);
void check_identities(struct check_context *c, struct findings *ret);
void check_clusters(struct check_context *c, struct findings *ret);
void check_registries(struct check_context *c, struct findings *ret);
void check_users(struct check_context *c, struct findings *ret);
void check_accounts(struct check_context *c, struct findings *ret);
void check_pulls(struct check_context *c, struct findings *ret);
void check_cache(struct check_context *c, struct findings *ret);

/* "systemctl ", or "systemctl --user ", and as root is to be typed: with sudo before it. */
const char *check_context_systemctl(const struct check_context *c);

/* What starts a run by hand, to be typed. */
const char *check_context_refresh(const struct check_context *c);

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
	SCOPE_HOST,   /* the host's service, by root */
	SCOPE_OWN,    /* a user's own service */
	SCOPE_HOSTED, /* what the host's service does for the user who asks */
	SCOPE_PULL,   /* what our helper does when that user pulls */
};

/* What the helper is asked for by who asks us. */
struct pulls {
	const struct status *own, *hosted; /* what is served besides, and looked at; or NULL */
	struct user_facts facts;
	struct known_registries hosts; /* those that can be named; not those of own */
	bool is_asked;                 /* for these, or for every registry */
};

struct checkup {
	const struct check_options *options;
	enum scope scope;
	struct paths paths;
	int64_t now;
	struct config
	        config; /* empty in SCOPE_HOSTED, as are the next three; these in SCOPE_PULL */
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
int checkup_open(struct checkup *c, struct findings *ret);
void checkup_done(struct checkup *c);

/* The opening in SCOPE_PULL: checkup_open() calls it. */
int pulls_open(struct checkup *c, struct findings *ret);
void pulls_done(struct pulls *p);

/*
 * The registry that a client asks our helper for by this name. Returns 0; 1 where the clients call
 * it otherwise, as ret does; or -EINVAL where it is none of Amazon's.
 */
int pulls_find_host(const struct checkup *c, const char *name, char ret[static HOST_NAME_MAX_SIZE]);

/* The checks. Each adds its findings. */
void check_service(struct checkup *c, struct findings *ret);
void check_identities(struct checkup *c, struct findings *ret);
void check_clusters(struct checkup *c, struct findings *ret);
void check_registries(struct checkup *c, struct findings *ret);
void check_users(struct checkup *c, struct findings *ret);
void check_accounts(struct checkup *c, struct findings *ret);
void check_pulls(struct checkup *c, struct findings *ret);
void check_cache(struct checkup *c, struct findings *ret);

/* "systemctl ", or "systemctl --user ", and as root is to be typed: with sudo before it. */
const char *checkup_systemctl(const struct checkup *c);

/* What starts a run by hand, to be typed. */
const char *checkup_refresh(const struct checkup *c);

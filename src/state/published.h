/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The publisher's record, published.json: our objects in each cluster, and the state of each.
 * ecr-publish writes it; status, check and the writer read it. It holds no token, but a hash of
 * what was sent.
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"
#include "config/config.h"
#include "config/paths.h"

#define PUBLISHED_FILE "published.json"
#define PUBLISHED_MAX_SIZE (32 * 1024 * 1024)

/* One object in a cluster that holds our tokens or refers to them. */
struct published_target {
	char *kind;            /* "secret", "service-account", "registry" … */
	char *name;            /* "NAMESPACE/NAME", or what the cluster calls it */
	char *uid;             /* the cluster's id of an object that we created; NULL: we did not */
	char *version;         /* its version in the cluster after we sent it, or NULL */
	uint64_t hash;         /* of what was sent last; 0: nothing was */
	int64_t since;         /* since when it is good, or failing with this code */
	int64_t published_at;  /* when something was last sent, or 0 */
	struct reason failure; /* code "" while it is good */
};

/* A registry, and when the token last sent for it expires. */
struct published_host {
	char *name;
	int64_t expires_at;
};

/* One section of the ini. */
struct published_section {
	char *kind; /* "kubernetes" or "rancher" */
	char *name;
	uint64_t hash;         /* of the spec and the tokens of the last attempt */
	int64_t since;         /* as a target's */
	int64_t published_at;  /* when something in it was last sent, or 0 */
	int64_t expires_at;    /* when the first of the tokens last sent expires, or 0 */
	unsigned failures;     /* of the whole section, in a row */
	int64_t retry_at;      /* no attempt before that, after a failure; 0: at once */
	struct reason failure; /* of the whole section: an unreachable cluster, for example */
	char **warnings;       /* worth knowing although it works, a sentence each */
	size_t n_warnings;
	struct published_host *hosts; /* what was sent last */
	size_t n_hosts;
	struct published_target *targets;
	size_t n_targets;
};

struct published {
	struct published_section *sections;
	size_t n_sections;
};

/* Pure. Parses the record. Returns 0, or -EBADMSG with a reason and *ret untouched. */
int published_parse(
        const char *data, size_t size, struct published *ret, struct reason *ret_reason);

/* Pure. Appends the JSON text to ret. */
void published_format(const struct published *published, struct secret *ret);

/* Return the section or target, or NULL. */
struct published_section *published_find(
        const struct published *published, const char *kind, const char *name);
struct published_target *published_find_target(
        const struct published_section *section, const char *kind, const char *name);

/* Adds a target to the section. Returns it, valid until the next one is added. */
struct published_target *published_add_target(
        struct published_section *section, const char *kind, const char *name);

/* Adds a host whose token was sent. */
void published_add_host(struct published_section *section, const char *name, int64_t expires_at);

/* Returns how many of a section's targets fail; at least 1 if the section fails as a whole. */
size_t published_failures(const struct published_section *section);

/* Returns the first failure, that of the section before its targets', or NULL. */
const struct reason *published_first_failure(const struct published_section *section);

/*
 * Reports whether the record has a section that the service's environment asks for
 * (config-environment.h), which a run by hand does not know.
 */
bool published_is_of_environment(const struct published *p, const struct config *config);

/* Reports whether a record exists, valid or not. */
bool published_is_there(const struct paths *paths);

/*
 * Reads the record, as its owner if we are root. Returns 0, also if none exists yet, or a negative
 * errno with a reason.
 */
int published_load(const struct paths *paths, struct published *ret, struct reason *ret_reason);

/* Writes the record if it differs from old. Returns 0 or a negative errno with a reason. */
int published_save(const struct paths *paths, const struct published *published,
        const struct published *old, struct reason *ret_reason);

void published_target_done(struct published_target *t);
void published_section_done(struct published_section *s);
void published_done(struct published *p);

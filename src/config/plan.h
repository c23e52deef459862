/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a configuration asks for: the shortest list of GetAuthorizationToken calls that serves every
 * configured registry. One call per (identity, service, partition, region) opens all accounts
 * there. The fetcher makes the calls, the writer looks the tokens up under the same key.
 */

#include "config/config.h"

#define HOST_AUTO "auto"

/* What a token opens. Where two requests have the same key they are one request. */
struct token_key {
	const char *identity; /* name, "" for [aws]; owned by the configuration */
	enum aws_service service;
	const struct partition *partition; /* NULL: the identity's own, for "auto" */
	char region[REGION_MAX_SIZE];      /* "": the identity's own, likewise */
};

struct token_request {
	struct token_key key;
	size_t identity; /* index in the configuration */
	/* The API variant: FIPS or dual stack as soon as one of the hosts asks for it. */
	bool fips;
	bool dualstack;
	bool is_auto; /* one of the hosts is "auto" */
	char **hosts; /* the configured hosts it serves, for messages; owned names */
	size_t n_hosts;
};

struct plan {
	struct token_request *requests;
	size_t n_requests;
};

bool token_key_equal(const struct token_key *a, const struct token_key *b);

/* The key under which the token of this entry is found. */
struct token_key plan_key(const struct config *config, const struct config_entry *entry);

/* only_users, where not empty, limits the plan to these users' registries, without the clusters'.
 */
void plan_make(const struct config *config, char *const *only_users, size_t n_only_users,
        struct plan *ret);

/* A host of a request; "auto" is auto_host as soon as that is known (neither NULL nor ""). */
const char *plan_host(const struct token_request *request, size_t i, const char *auto_host);

/*
 * Whether host i is "auto" and stands for one that is also named, for the same identity: a registry
 * that is shown and counted once.
 */
bool plan_is_duplicate(const struct plan *plan, const struct token_request *request, size_t i,
        const char *auto_host);

/* A region in which this identity is needed, or NULL where none of its registries names one. */
const char *plan_region(const struct plan *plan, size_t identity);

/* Whether it is needed for "auto" whose region the ini does not name. */
bool plan_needs_own_region(const struct plan *plan, size_t identity);

/* Whether a run that is limited to these, or to none, has to do with this one. */
bool name_filter_matches(const char *name, char *const *only, size_t n_only);

void plan_done(struct plan *p);

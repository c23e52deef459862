/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a configuration asks for: the shortest list of GetAuthorizationToken calls that serves every
 * configured registry. One call per (identity, service, partition, region) opens all accounts
 * there. The fetcher makes the calls; the writer looks up the tokens by the same key.
 */

#include "config/config.h"

#define HOST_AUTO "auto"

/* What a token opens. Requests with equal keys are one request. */
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

/* Returns the key of the token for this entry. */
struct token_key plan_key(const struct config *config, const struct config_entry *entry);

/* Makes the plan; if only_users is not empty, only for these users' registries, without sinks. */
void plan_make(const struct config *config, char *const *only_users, size_t n_only_users,
        struct plan *ret);

/* Returns a host of a request; "auto" is auto_host once that is known (neither NULL nor ""). */
const char *plan_host(const struct token_request *request, size_t i, const char *auto_host);

/* Writes "HOST", or "HOST and 3 more", for messages; returns buffer. auto_host as in plan_host().
 */
const char *plan_label_hosts(
        const struct token_request *request, const char *auto_host, char *buffer, size_t size);

/*
 * Reports whether host i is "auto" and resolves to a host that is also named for the same identity:
 * one registry, shown and counted once.
 */
bool plan_is_duplicate(const struct plan *plan, const struct token_request *request, size_t i,
        const char *auto_host);

/* Returns a region in which this identity is needed, or NULL if its registries name none. */
const char *plan_region(const struct plan *plan, size_t identity);

/* Reports whether it is needed for an "auto" whose region the ini does not set. */
bool plan_needs_own_region(const struct plan *plan, size_t identity);

/* Reports whether a name is among only, or only is empty. */
bool name_filter_matches(const char *name, char *const *only, size_t n_only);

void plan_done(struct plan *p);

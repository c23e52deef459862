/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The calls that a configuration asks for. A plan depends on nothing but a checked configuration,
 * so that fetcher and writer get the same keys.
 */

#include "config/plan.h"

#include <string.h>

#include "aws/partition.h"
#include "aws/registry-host.h"
#include "base/alloc.h"
#include "config/config.h"

bool token_key_equal(const struct token_key *a, const struct token_key *b)
{
	return a->service == b->service && a->partition == b->partition &&
	       strcmp(a->region, b->region) == 0 && strcmp(a->identity, b->identity) == 0;
}

struct token_key plan_key(const struct config *config, const struct config_entry *entry)
{
	struct token_key key = {
	        .identity = config->identities[entry->identity].name,
	        .service = SERVICE_ECR,
	};

	/* If the ini does not set the region of "auto", the fetcher finds it. */
	if (entry->is_auto) {
		const char *region =
		        config_identity_get(&config->identities[entry->identity], "region");

		if (!region || !region_is_valid(region))
			return key;
		key.partition = partition_of_region(region);
		strcpy(key.region, region);
		return key;
	}
	key.service = entry->host.service;
	key.partition = entry->host.partition;
	strcpy(key.region, entry->host.region);
	return key;
}

static struct token_request *find_or_add(
        struct plan *plan, const struct config *config, const struct config_entry *entry)
{
	struct token_key key = plan_key(config, entry);
	struct token_request *request;

	for (size_t i = 0; i < plan->n_requests; i++)
		if (token_key_equal(&plan->requests[i].key, &key))
			return &plan->requests[i];
	request = array_append(&plan->requests, &plan->n_requests, sizeof(*request));
	request->key = key;
	request->identity = entry->identity;
	return request;
}

static void add_host(struct token_request *request, const char *host)
{
	char **slot;

	for (size_t i = 0; i < request->n_hosts; i++)
		if (strcmp(request->hosts[i], host) == 0)
			return;
	slot = array_append(&request->hosts, &request->n_hosts, sizeof(*request->hosts));
	*slot = xstrdup(host);
}

bool name_filter_matches(const char *name, char *const *only, size_t n_only)
{
	for (size_t i = 0; i < n_only; i++)
		if (strcmp(only[i], name) == 0)
			return true;
	return n_only == 0;
}

static void add_entries(struct plan *plan, const struct config *config,
        const struct config_entry *entries, size_t n)
{
	for (size_t e = 0; e < n; e++) {
		const struct config_entry *entry = &entries[e];
		struct token_request *request = find_or_add(plan, config, entry);

		request->is_auto |= entry->is_auto;
		request->fips |= entry->host.fips;
		request->dualstack |= entry->host.dualstack;
		add_host(request, entry->is_auto ? HOST_AUTO : entry->host.name);
	}
}

void plan_make(
        const struct config *config, char *const *only_users, size_t n_only_users, struct plan *ret)
{
	struct plan plan = {};

	for (size_t u = 0; u < config->n_users; u++)
		if (name_filter_matches(config->users[u].name, only_users, n_only_users))
			add_entries(&plan, config, config->users[u].entries,
			        config->users[u].n_entries);
	for (size_t i = 0; n_only_users == 0 && i < config->n_sinks; i++)
		add_entries(&plan, config, config->sinks[i].entries, config->sinks[i].n_entries);
	*ret = plan;
}

const char *plan_host(const struct token_request *request, size_t i, const char *auto_host)
{
	bool is_auto = strcmp(request->hosts[i], HOST_AUTO) == 0;

	return is_auto && auto_host && *auto_host ? auto_host : request->hosts[i];
}

const char *plan_label_hosts(
        const struct token_request *request, const char *auto_host, char *buffer, size_t size)
{
	const char *host = plan_host(request, 0, auto_host);

	if (request->n_hosts <= 1)
		snprintf(buffer, size, "%s", host);
	else
		snprintf(buffer, size, "%s and %zu more", host, request->n_hosts - 1);
	return buffer;
}

bool plan_is_duplicate(const struct plan *plan, const struct token_request *request, size_t i,
        const char *auto_host)
{
	if (strcmp(request->hosts[i], HOST_AUTO) != 0 || !auto_host || !*auto_host)
		return false;
	for (size_t k = 0; k < plan->n_requests; k++) {
		const struct token_request *other = &plan->requests[k];

		for (size_t h = 0; other->identity == request->identity && h < other->n_hosts; h++)
			if (strcmp(other->hosts[h], auto_host) == 0)
				return true;
	}
	return false;
}

const char *plan_region(const struct plan *plan, size_t identity)
{
	for (size_t i = 0; i < plan->n_requests; i++)
		if (plan->requests[i].identity == identity && plan->requests[i].key.region[0])
			return plan->requests[i].key.region;
	return NULL;
}

bool plan_needs_own_region(const struct plan *plan, size_t identity)
{
	for (size_t i = 0; i < plan->n_requests; i++)
		if (plan->requests[i].identity == identity && !plan->requests[i].key.region[0])
			return true;
	return false;
}

void plan_done(struct plan *p)
{
	for (size_t i = 0; i < p->n_requests; i++) {
		for (size_t h = 0; h < p->requests[i].n_hosts; h++)
			free(p->requests[i].hosts[h]);
		free(p->requests[i].hosts);
	}
	free(p->requests);
	*p = (struct plan){};
}

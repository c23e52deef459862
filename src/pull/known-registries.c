/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists registries without a request to AWS. The administrator controls the ini, the user the cache
 * and the environment.
 */
#include "pull/known-registries.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/timestamp.h"
#include "config/config-load.h"
#include "config/find-registry.h"
#include "config/plan.h"
#include "pull/pull-cache.h"

static void add_host(struct known_registries *hosts, const char *name)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (strcmp(hosts->names[i], name) == 0)
			return;
	*(char **)array_append(&hosts->names, &hosts->count, sizeof(*hosts->names)) = xstrdup(name);
}

/* Adds the hosts of a request; "auto" has a name as soon as the service has a token. */
static void add_request(struct known_registries *hosts, const struct token_request *request,
        const struct tokens *tokens)
{
	const struct token *token = tokens_find(tokens, &request->key);

	for (size_t i = 0; i < request->n_hosts; i++) {
		const char *name = plan_host(request, i, token ? token->auto_host : NULL);

		if (strcmp(name, HOST_AUTO) != 0)
			add_host(hosts, name);
	}
}

static void add_configured(
        struct known_registries *hosts, const struct paths *paths, const struct config *config)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(plan_done) struct plan plan = {};

	plan_make(config, NULL, 0, &plan);
	if (plan.n_requests > 0 && paths->runtime_dir)
		tokens_load(paths, &tokens, NULL);
	for (size_t i = 0; i < plan.n_requests; i++)
		add_request(hosts, &plan.requests[i], &tokens);
	for (size_t i = 0; i < config->n_registries; i++)
		add_host(hosts, config->registries[i].host.name);
}

/* Adds registries by their tokens, each of which names the registry of the keys' own account. */
static void add_cached(struct known_registries *hosts)
{
	_cleanup_(closep) int dir_fd = pull_cache_open(false);
	_cleanup_(tokens_done) struct tokens tokens = {};

	if (dir_fd >= 0)
		pull_cache_list(dir_fd, timestamp_now(), &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *t = &tokens.items[i];

		if (t->service == SERVICE_ECR_PUBLIC)
			add_host(hosts, "public.ecr.aws");
		else if (t->auto_host[0])
			add_host(hosts, t->auto_host);
	}
}

int known_registries_find(
        const char *config_option, struct known_registries *ret, struct reason *ret_reason)
{
	_cleanup_(paths_done) struct paths paths = {};
	_cleanup_(config_done) struct config config = {};
	struct known_registries hosts = {};
	int r;

	paths_guess(config_option, &paths);
	r = config_load_for_pull(&paths, &config, ret_reason);
	if (r < 0)
		return r;
	add_configured(&hosts, &paths, &config);
	add_cached(&hosts);
	*ret = hosts;
	return 0;
}

/* Makes up a host of a region: for a token the account does not matter. */
static int host_of_region(
        const char *region, char ret[static HOST_NAME_MAX_SIZE], struct reason *ret_reason)
{
	if (!region_is_valid(region))
		return reason_set(ret_reason, EINVAL, "bad-region",
		        "\"%.64s\" is not a region; expected one such as eu-central-1", region);
	snprintf(ret, HOST_NAME_MAX_SIZE, "000000000000.dkr.ecr.%s.%s", region,
	        partition_of_region(region)->dns_suffix);
	return 0;
}

static int only_host(const struct paths *paths, const struct config *config,
        char ret[static HOST_NAME_MAX_SIZE], struct reason *ret_reason)
{
	_cleanup_(known_registries_done) struct known_registries hosts = {};
	_cleanup_(plan_done) struct plan plan = {};

	plan_make(config, NULL, 0, &plan);
	add_configured(&hosts, paths, config);
	if (plan.n_requests == 1 && hosts.count > 0) {
		snprintf(ret, HOST_NAME_MAX_SIZE, "%s", hosts.names[0]);
		return 0;
	}
	return reason_set(ret_reason, EINVAL, "no-host",
	        "no registry was named, and the ini has %s; name a host, or a region with --region "
	        "or AWS_REGION",
	        plan.n_requests == 0 ? "none" : "several, or none with a known name");
}

int known_registries_guess(const char *config_option, const char *region,
        char ret[static HOST_NAME_MAX_SIZE], struct reason *ret_reason)
{
	_cleanup_(paths_done) struct paths paths = {};
	_cleanup_(config_done) struct config config = {};
	int r;

	if (!region)
		region = environment_get("AWS_REGION");
	if (!region)
		region = environment_get("AWS_DEFAULT_REGION");
	if (region)
		return host_of_region(region, ret, ret_reason);
	paths_guess(config_option, &paths);
	r = config_load_for_pull(&paths, &config, ret_reason);
	return r < 0 ? r : only_host(&paths, &config, ret, ret_reason);
}

bool known_registries_has(const char *config_option, const char *host)
{
	_cleanup_(paths_done) struct paths paths = {};
	_cleanup_(config_done) struct config config = {};
	struct registry_host parsed;
	size_t index;

	if (registry_host_parse(host, &parsed) == 0)
		return true;
	paths_guess(config_option, &paths);
	return config_load_for_pull(&paths, &config, NULL) == 0 &&
	       find_registry_of_host(&config, host, &parsed, &index) == 0;
}

void known_registries_done(struct known_registries *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->names[i]);
	free(h->names);
	*h = (struct known_registries){};
}

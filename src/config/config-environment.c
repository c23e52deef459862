/* SPDX-License-Identifier: Apache-2.0 */

/* The administrator controls the environment, with a drop-in of the service. */

#include "config/config-environment.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "aws/partition.h"
#include "aws/registry-host.h"
#include "base/alloc.h"
#include "base/environment.h"
#include "base/reason.h"
#include "config/config.h"

#define ROLE_VARIABLE "AWS_ROLE_ARN"
#define IDS_VARIABLE "AWS_ECR_REGISTRY_IDS"
#define MAX_IDS 1000
#define ACCOUNT_SIZE 12

/* Go's ParseBool(), and the words of the ini. */
static bool is_true(const char *value)
{
	static const char *const words[] = {"1", "t", "true", "yes"};

	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

static const char *find_region(const struct config *config)
{
	const char *region = config_identity_get(&config->identities[0], "region");

	if (!region)
		region = environment_get("AWS_REGION");
	return region ? region : environment_get("AWS_DEFAULT_REGION");
}

static int make_host(const char *account, const char *region, struct registry_host *ret)
{
	const struct partition *partition = partition_of_region(region);
	char name[HOST_NAME_MAX_SIZE];

	snprintf(name, sizeof(name), "%s.dkr.ecr.%s.%s", account, region, partition->dns_suffix);
	return registry_host_parse(name, ret);
}

/* One word of the list. */
static int add_id(const struct config *config, const char *word, const char *region,
        struct config_sink *sink, struct reason *ret_reason)
{
	struct config_entry entry = {}, *slot;

	if (strlen(word) != ACCOUNT_SIZE || strspn(word, "0123456789") != ACCOUNT_SIZE)
		return reason_set(ret_reason, EINVAL, "config-invalid",
		        "the variable " IDS_VARIABLE
		        ": a word of %zu characters is not an account; "
		        "expected numbers of %d digits with commas between two",
		        strlen(word), ACCOUNT_SIZE);
	if (make_host(word, region, &entry.host) < 0)
		return reason_set(ret_reason, EINVAL, "config-invalid",
		        "the region of the variables AWS_REGION and AWS_DEFAULT_REGION is invalid; "
		        "expected a region such as eu-central-1");
	for (size_t i = 0; i < sink->n_entries; i++)
		if (strcmp(sink->entries[i].host.name, entry.host.name) == 0)
			return 0;
	for (size_t i = 0; i < config->n_registries; i++)
		if (strcmp(config->registries[i].host.name, entry.host.name) == 0)
			entry.identity = config->registries[i].identity;
	slot = array_append(&sink->entries, &sink->n_entries, sizeof(*slot));
	*slot = entry;
	return 0;
}

static int add_ids(const struct config *config, const char *ids, struct config_sink *sink,
        struct reason *ret_reason)
{
	const char *region = find_region(config);
	_cleanup_(freep) char *words = xstrdup(ids);
	char *state = NULL;
	int error = 0;

	if (!region)
		return reason_set(ret_reason, EINVAL, "config-invalid",
		        "the variable " IDS_VARIABLE " needs a region to build registry names; set "
		        "AWS_REGION, or region = in [aws]");
	for (char *word = strtok_r(words, ", \t", &state); word && error == 0;
	        word = strtok_r(NULL, ", \t", &state)) {
		error = add_id(config, word, region, sink, ret_reason);
		if (error == 0 && sink->n_entries > MAX_IDS)
			error = reason_set(ret_reason, EINVAL, "config-invalid",
			        "the variable " IDS_VARIABLE " has more than %d accounts", MAX_IDS);
	}
	return error;
}

static void copy_setting(struct config_identity *identity, const char *key, const char *value)
{
	struct config_setting *setting =
	        array_append(&identity->settings, &identity->n_settings, sizeof(*setting));

	setting->key = xstrdup(key);
	setting->value = xstrdup(value);
}

/*
 * Adds an identity like [aws] that assumes the role of the environment, as the container did with
 * its credentials. With a web identity token every AWS SDK already reads the variable that way.
 */
static void add_role(struct config *config, struct config_sink *sink)
{
	const char *role = environment_get(ROLE_VARIABLE);
	struct config_identity *identity;
	size_t index = config->n_identities;

	if (!role || environment_get("AWS_WEB_IDENTITY_TOKEN_FILE") ||
	        config_identity_get(&config->identities[0], "role_arn"))
		return;
	identity = array_append(&config->identities, &config->n_identities, sizeof(*identity));
	identity->name = xstrdup(ROLE_VARIABLE);
	for (size_t i = 0; i < config->identities[0].n_settings; i++)
		copy_setting(identity, config->identities[0].settings[i].key,
		        config->identities[0].settings[i].value);
	copy_setting(identity, "role_arn", role);
	for (size_t i = 0; i < sink->n_entries; i++)
		if (sink->entries[i].identity == 0)
			sink->entries[i].identity = index;
}

int config_add_environment(struct config *config, struct reason *ret_reason)
{
	const char *ids = environment_get(IDS_VARIABLE);
	struct config_sink sink = {.kind = SINK_RANCHER,
	        .rancher = {.create = is_true(environment_get("AUTO_CREATE"))}};
	int error = 0;

	if (config_has_sink(config, SINK_RANCHER) || !environment_get("CATTLE_URL"))
		return 0;
	if (ids)
		error = add_ids(config, ids, &sink, ret_reason);
	if (error < 0) {
		free(sink.entries);
		return error;
	}
	if (sink.n_entries == 0)
		((struct config_entry *)array_append(
		         &sink.entries, &sink.n_entries, sizeof(*sink.entries)))
		        ->is_auto = true;
	sink.name = xstrdup(CONFIG_ENVIRONMENT_SECTION);
	sink.rancher.secret = xstrdup(CONFIG_DEFAULT_SECRET);
	add_role(config, &sink);
	*(struct config_sink *)array_append(
	        &config->sinks, &config->n_sinks, sizeof(*config->sinks)) = sink;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "rancher.h"

#include <errno.h>

uint64_t rancher_hash(const struct config_rancher *config)
{
	uint64_t hash = publish_hash_string(0, config->url);

	hash = publish_hash_string(hash, config->access_key_file);
	hash = publish_hash_string(hash, config->secret_key_file);
	hash = publish_hash_string(hash, config->token_file);
	hash = publish_hash_string(hash, config->ca_bundle);
	hash = publish_hash_string(hash, config->create ? "create" : "");
	for (size_t i = 0; i < config->n_projects; i++)
		hash = publish_hash_string(hash, config->projects[i]);
	return hash;
}

int rancher_publish(const struct config_rancher *config, struct publish_section *section)
{
	return reason_set(&section->fresh->failure, ENOSYS, "not-yet",
	        "[rancher %s] is not served yet", config->name);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "kubernetes.h"

#include <errno.h>

static uint64_t hash_strings(uint64_t hash, char *const *strings, size_t n)
{
	hash = publish_hash(hash, &n, sizeof(n));
	for (size_t i = 0; i < n; i++)
		hash = publish_hash_string(hash, strings[i]);
	return hash;
}

static uint64_t hash_pairs(uint64_t hash, const struct config_pair *pairs, size_t n)
{
	hash = publish_hash(hash, &n, sizeof(n));
	for (size_t i = 0; i < n; i++) {
		hash = publish_hash_string(hash, pairs[i].key);
		hash = publish_hash_string(hash, pairs[i].value);
	}
	return hash;
}

uint64_t kubernetes_hash(const struct config_kubernetes *config)
{
	uint64_t hash = publish_hash_string(0, config->kubeconfig);

	hash = publish_hash_string(hash, config->context);
	hash = publish_hash_string(hash, config->secret);
	hash = publish_hash_string(hash, config->namespace_selector);
	hash = hash_strings(hash, config->namespaces, config->n_namespaces);
	hash = hash_strings(hash, config->service_accounts, config->n_service_accounts);
	hash = hash_pairs(hash, config->labels, config->n_labels);
	return hash_pairs(hash, config->annotations, config->n_annotations);
}

int kubernetes_publish(const struct config_kubernetes *config, struct publish_section *section)
{
	return reason_set(&section->fresh->failure, ENOSYS, "not-yet",
	        "[kubernetes %s] is not served yet", config->name);
}

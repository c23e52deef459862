/* SPDX-License-Identifier: Apache-2.0 */
#include "config/find-registry.h"

#include <string.h>

#include "aws/registry-host.h"
#include "config/config.h"

int find_registry_of_host(const struct config *config, const char *text, struct registry_host *ret,
        size_t *ret_identity)
{
	char name[HOST_NAME_MAX_SIZE];
	int r = host_normalize(text, name);

	if (r < 0)
		return r;
	for (size_t i = 0; i < config->n_registries; i++) {
		if (strcmp(config->registries[i].host.name, name) != 0)
			continue;
		*ret = config->registries[i].host;
		*ret_identity = config->registries[i].identity;
		return 0;
	}
	r = registry_host_parse(name, ret);
	if (r < 0)
		return r;
	*ret_identity = 0;
	return 0;
}

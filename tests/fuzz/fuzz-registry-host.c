/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as a registry's host: the name of an accepted one is accepted, as the same host. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aws/registry-host.h"
#include "base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = xstrndup((const char *)data, size);
	char name[HOST_NAME_MAX_SIZE], again[HOST_NAME_MAX_SIZE];
	struct registry_host host, same;

	if (host_normalize(text, name) == 0)
		must(host_normalize(name, again) == 0 && strcmp(name, again) == 0);
	if (registry_host_parse(text, &host) == 0) {
		must(strcmp(host.name, name) == 0 && region_is_valid(host.region));
		must(registry_host_parse(host.name, &same) == 0);
		must(same.partition == host.partition && strcmp(same.region, host.region) == 0);
	}
	registry_host_custom(text, "eu-central-1", &host);
	registry_host_custom("ecr.example.com", text, &host);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a client's file, and what each client finds in it. */
#include <stdint.h>
#include <stdlib.h>

#include "check/clients/client-lookup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct lookup *l)
{
	if ((l->result == LOOKUP_ENTRY) != (l->entry != NULL) ||
	        (l->result == LOOKUP_HELPER || l->result == LOOKUP_STORE) != (l->helper != NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(client_config_done) struct client_config c = {};
	struct reason reason = {};
	struct lookup l;

	if (client_config_parse((const char *)data, size, &c, &reason) < 0) {
		if (!reason.text[0] || c.entries || c.helpers)
			abort();
		return 0;
	}
	l = docker_lookup(&c, "e.t");
	check(&l);
	l = watchtower_lookup(&c, "e.t");
	check(&l);
	l = podman_lookup(&c, "e.t/repo");
	check(&l);
	docker_malformed_entry(&c);
	return 0;
}

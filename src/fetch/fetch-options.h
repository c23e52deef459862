/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a run of ecr-fetch was asked to do. The command line controls it. */

#include <stdbool.h>
#include <stddef.h>

struct fetch_options {
	const char *config; /* --config, or NULL */
	char **users;       /* only what these users need; all if empty */
	size_t n_users;
	bool force;   /* renew tokens that are still fresh */
	bool dry_run; /* print what would be done */
	bool by_hand; /* started by `ecr-refresher refresh`, perhaps inside a unit */
};

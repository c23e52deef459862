/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One run of the fetcher: ini and old tokens in, new tokens out. */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/identity/identity.h"

struct fetch_options {
	const char *config; /* --config, or NULL */
	char **users;       /* only what these users need; all where empty */
	size_t n_users;
	bool force;   /* renew what is still fresh, too */
	bool dry_run; /* say what would be done */
	bool by_hand; /* ecr-refresher refresh runs us, perhaps from within a unit */
};

/* Returns an exit status. */
int fetch_run(const struct fetch_options *options);

/*
 * The region of "auto" where the ini names none: the identity's own, or the one of the instance we
 * run on. Returns 0, or a negative errno with a reason.
 */
int fetch_find_region(const struct identity *identity, char ret_region[static REGION_MAX_SIZE],
        struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Removes our entries from users' files, whether or not they are still configured. */

#include "config/config.h"
#include "config/paths.h"

struct logout_options {
	const struct paths *paths;
	const struct config *config; /* for the users' status; NULL if it cannot be read */
	char *const *users;          /* only these; all if empty */
	size_t n_users;
	char *const *hosts; /* only these, as in the files; all if empty */
	size_t n_hosts;
};

/* Logs what it does. Returns an exit status and the number of removed entries. */
int logout_run(const struct logout_options *options, size_t *ret_removed);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The part of `ecr-refresher check` that needs the network and the identities' secrets. */

#include <stdbool.h>
#include <stddef.h>

struct fetch_check_options {
	const char *config; /* --config, or NULL */
	bool online;
	/*
	 * As for a pull: not the configured registries but these hosts, or if there are none the
	 * default identity alone. An ini is optional.
	 */
	bool for_pull;
	char **hosts;
	size_t n_hosts;
};

/*
 * Resolves every identity that a registry uses and prints each to stdout, or what was tried and why
 * it failed. online: also gets the principal and a token from AWS, and tries the token in use at
 * each registry. Delivers nothing. Returns an exit status: 1 if something does not work.
 */
int fetch_check_run(const struct fetch_check_options *options);

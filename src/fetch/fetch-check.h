/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The part of `ecr-refresher check` that needs the network and the identities' secrets. */

#include <stdbool.h>
#include <stddef.h>

struct fetch_check_options {
	const char *config; /* --config, or NULL */
	bool online;
	/* As when somebody pulls: not what the ini serves, but these hosts, or, where there are
	 * none, the default identity alone; and there need be no ini. */
	bool is_for_pull;
	char **hosts;
	size_t n_hosts;
};

/*
 * Resolves every identity that a registry uses and prints to stdout who each is, or what was tried
 * and why it was in vain. online: also asks AWS who it is and for a token, and each registry
 * whether it takes the token that is in use. Delivers nothing. Returns an exit status: 1 where
 * something does not work.
 */
int fetch_check_run(const struct fetch_check_options *options);

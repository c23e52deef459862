/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One token for one pull. ecr-refresher runs this, and caches the token. */

#include <stdint.h>

struct fetch_one_options {
	const char *config; /* --config, or NULL */
	const char *host;
	uint64_t deadline; /* monotonic_now(); 0: the ini's timeout */
	/* If not negative: the role is assumed with the web identity token in this descriptor. */
	int token_fd;
	const char *role_arn;
};

/*
 * Gets the token of a host and prints it to stdout, as a tokens.json with one token; a failure is
 * printed in the same form. Returns an exit status.
 */
int fetch_one_run(const struct fetch_one_options *options);

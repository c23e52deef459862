/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One token at the moment somebody pulls, for ecr-refresher, which keeps it. */

#include <stdint.h>

struct fetch_one_options {
	const char *config; /* --config, or NULL */
	const char *host;
	uint64_t deadline; /* monotonic_now(); 0: the ini's timeout */
	/* Where not negative: this role, with the web identity token that is open there. */
	int token_fd;
	const char *role_arn;
};

/*
 * Asks for the token of a host and prints it to stdout as tokens.json has it, alone; what fails is
 * printed likewise. Returns an exit status.
 */
int fetch_one_run(const struct fetch_one_options *options);

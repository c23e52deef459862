/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One run of the writer: brings every user's files up to date from the tokens. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct write_options {
	const char *config; /* --config, or NULL */
	char **users;       /* only these; all if empty */
	size_t n_users;
	bool dry_run; /* only report what would be done */
	bool report;  /* print the summary to standard output at the end */
	/* monotonic_now() when the first stage began; 0: with this one. */
	uint64_t started;
};

/* Returns an exit status. */
int write_run(const struct write_options *options);

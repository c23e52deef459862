/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One run of the writer: tokens in, every user's files brought up to date. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct write_options {
	const char *config; /* --config, or NULL */
	char **users;       /* only these; all where empty */
	size_t n_users;
	bool dry_run; /* say what would be done */
	bool report;  /* end with the summary on standard output */
	/* monotonic_now() when the first stage began; 0: with this one. */
	uint64_t started;
};

/* Returns an exit status. */
int write_run(const struct write_options *options);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `ecr-refresher check`: why a pull would fail, and what to type. Changes nothing. */

#include <stdbool.h>

struct check_options {
	const char *config; /* --config, or NULL */
	bool online;        /* ask AWS and the registries, too */
	bool verbose;
};

/* Prints what it finds. Returns an exit status: 1 where something is wrong, 78 where the ini is. */
int check_run(const struct check_options *options);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The stage that brings tokens to clusters: from tokens.json to Kubernetes and Rancher. */

#include <stdbool.h>

struct publish_options {
	const char *config; /* --config, or NULL */
	bool force;         /* send what is there already, too, and wait for nothing */
	bool dry_run;
	bool by_hand; /* ecr-refresher refresh runs us, perhaps from within a unit */
};

/* Returns the exit status. */
int publish_run(const struct publish_options *options);

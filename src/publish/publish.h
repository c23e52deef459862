/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The stage that brings tokens to clusters: from tokens.json to Kubernetes and Rancher. */

#include <stdbool.h>

struct publish_options {
	const char *config; /* --config, or NULL */
	bool force;   /* send what is there already, remove however much, and wait for nothing */
	bool dry_run; /* say what would be done; the clusters are asked */
	bool by_hand; /* ecr-refresher refresh runs us, perhaps from within a unit */
};

/* Returns the exit status. */
int publish_run(const struct publish_options *options);

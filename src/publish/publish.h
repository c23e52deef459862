/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The stage that publishes tokens: from tokens.json to Kubernetes and Rancher. */

#include <stdbool.h>

struct publish_options {
	const char *config; /* --config, or NULL */
	bool force;         /* send what is in place, remove any number of objects, ignore pauses */
	bool dry_run;       /* print what would be done; reads from the clusters */
	bool by_hand;       /* started by ecr-refresher refresh, perhaps inside a unit */
};

/* Runs it. Returns the exit status. */
int publish_run(const struct publish_options *options);

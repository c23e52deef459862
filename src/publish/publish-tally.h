/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Targets of one sort in few words: how many, and the first. */

#include "state/published.h"

struct publish_tally {
	size_t count;
	const struct published_target *first;
};

void publish_tally_add(struct publish_tally *tally, const struct published_target *t);

/* Returns "3 objects (secret team-a/ecr, …)" of a tally that is not empty; the caller frees it. */
char *publish_tally_text(const struct publish_tally *tally);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A dry run of one section: what a run would do, found out without changing anything. */

#include "publish/publish-job.h"
#include "status/findings.h"

struct publish_dry {
	struct publish_job job;
	struct published_section fresh; /* the record that a run would write */
};

/*
 * Requests from the sink what a run would need; inputs->is_dry must be set. All that is passed must
 * outlive dry, which must not move.
 */
void publish_dry_run(struct publish_dry *dry, const struct config_sink *sink,
        const struct publish_inputs *inputs);

/* Prints what would be done on standard output, an object a line. Returns how many would fail. */
size_t publish_dry_print(const struct publish_dry *dry);

/* Adds the same to a finding: how many and the first of each sort. Returns how many would fail. */
size_t publish_dry_add(const struct publish_dry *dry, struct finding *f);

void publish_dry_done(struct publish_dry *dry);

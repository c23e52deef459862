/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the workers of a run should do. */

#include <stdint.h>

#include "write/desired.h"
#include "write/workers/worker-report.h"

struct workers_options {
	const struct desired *desired;
	struct tokens *tokens; /* to which desired refers */
	bool dry_run;
	uint64_t timeout_usec; /* of each batch */
	/* Workers close it: one that hangs must not keep the next run out. 0: none. */
	int lock;
	/* NULL, or called once: after every user's first pass, before the last batch's second. */
	void (*after_first_pass)(void *userdata, const struct worker_reports *reports);
	void *userdata;
};

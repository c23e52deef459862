/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a worker process does for its user. */

#include "write/workers/worker-memory.h"

enum worker_task {
	/*
	 * Checks, without writing, whether there is anything to do, and without the user's
	 * supplementary groups, because looking them up takes longer than everything else. Exits
	 * with failure as soon as there is, or groups may matter; its report means nothing then.
	 * After go_fd is closed: exits with failure if a file has changed meanwhile.
	 */
	WORKER_CHECK,
	/* Brings the files up to date, and once more after go_fd is closed if they changed. */
	WORKER_UPDATE,
	/* Only the second of these, after a check that has found a change. */
	WORKER_RECHECK,
};

struct worker_job {
	const struct desired_user *user;
	enum worker_task task;
	bool dry_run;
	const struct worker_memory *memory;
	int done_fd; /* gets a byte when the first pass is over and reported */
	int go_fd;   /* the second pass begins when it is closed */
};

/* Becomes the user, does the task and exits. */
_Noreturn void worker_run(const struct worker_job *job);

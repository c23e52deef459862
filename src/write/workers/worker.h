/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a child does. */

#include "write/workers/worker-memory.h"

enum worker_task {
	/*
	 * Looks whether there is anything to do, without the user's supplementary groups, for it
	 * takes longer to ask who is in which group than all else does. Exits with failure as soon
	 * as there is, or groups may matter; its report means nothing then. After go_fd is closed:
	 * exits with failure where a file has changed meanwhile.
	 */
	WORKER_CHECK,
	/* Brings the files up to date, and once more after go_fd is closed where they changed. */
	WORKER_UPDATE,
	/* Only the second of these, after a look that has found a change. */
	WORKER_RECHECK,
};

struct worker_job {
	const struct desired_user *user;
	enum worker_task task;
	bool dry_run;
	const struct worker_memory *share;
	int done_fd; /* gets a byte when the first step is over and all is told */
	int go_fd;   /* the second step begins when it is closed */
};

/* Becomes the user, does the task and exits. */
_Noreturn void child_run(const struct worker_job *job);

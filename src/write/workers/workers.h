/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One child per user, which becomes that user before it touches a path. It tells how each file went
 * through memory it shares with its parent (worker-memory.h): nothing is parsed on the way back,
 * and a child that hangs on a dead file system leaves behind what it had done so far. Root's first
 * child for a user only looks; a second one, with all of the user's groups, takes its place where
 * there is anything to write or the groups may matter.
 *
 * A child works in two steps. After the first it waits; when all users are done and the parent has
 * nothing left but to exit, each looks at its files once more, for systemd does not tell a path
 * unit of changes made while the service runs (systemd issue 5770).
 */

#include <stdint.h>

#include "write/desired.h"
#include "write/workers/worker-report.h"

/* In memory of the parent alone. */
struct reports {
	struct worker_user_report *users; /* as many as the work has */
	size_t n_users;
	size_t n_finished; /* the users before this one had both steps behind them at between */
};

/* What they are to do. */
struct workers_job {
	const struct desired *work;
	struct tokens *tokens; /* those the work refers to */
	bool dry_run;
	uint64_t timeout_usec; /* of each batch */
	/* Held by us and not by them: one that hangs must not keep the next run out. 0: none. */
	int lock;
	/* Where not NULL: called once, after everybody's first step and before the last's second.
	 */
	void (*between)(void *userdata, const struct reports *reports);
	void *userdata;
};

/*
 * Does the work of all users, some at a time. Returns 0, or a negative errno with a reason where
 * the children could not be run; between was not called then.
 */
int workers_run(const struct workers_job *job, struct reports *ret, struct reason *ret_reason);

void reports_done(struct reports *r);

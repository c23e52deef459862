/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One child per user, which becomes that user before it touches a path. It tells how each file went
 * through memory it shares with its parent: nothing is parsed on the way back, every string is
 * bounded, and a child that hangs on a dead file system leaves behind what it had done so far.
 *
 * A child works in two steps. After the first it waits; when all users are done and the parent has
 * nothing left but to exit, each looks at its files once more, for systemd does not tell a path
 * unit of changes made while the service runs (systemd issue 5770).
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "../common/reason.h"
#include "work.h"

#define REPORT_MAX_FINDINGS 8

struct file_report {
	bool is_done;
	int error; /* negative errno, or 0 */
	struct reason reason;
	bool written;
	bool watchable;
	char path[PATH_MAX]; /* "" while unknown */
	struct merge_finding findings[REPORT_MAX_FINDINGS];
	unsigned n_findings;
};

struct user_report {
	bool is_done;
	int error; /* of the user as a whole: none of the files was looked at */
	struct reason reason;
	struct file_report *files; /* as many as the work has */
	/* Per file and entry: what is true of it now. */
	bool **present;
	bool **removed;
};

struct reports {
	struct user_report *users; /* as many as the work has */
	size_t n_users;
	void *memory;
	size_t size;
};

/*
 * Does the work of all users, some at a time, each within timeout. between, where not NULL, is
 * called once, after everybody's first step and before the last batch's second. tokens are those
 * the work refers to. Returns 0, or -ENOMEM where there is no memory to share.
 */
int children_run(const struct work *work, struct tokens *tokens, bool dry_run,
        uint64_t timeout_usec, void (*between)(void *userdata, const struct reports *reports),
        void *userdata, struct reports *ret);

void reports_done(struct reports *r);

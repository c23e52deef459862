/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The memory in which one child tells its parent how its files went. The child is the user, who can
 * write anything into it at any moment, and root reads it: it holds plain data and no pointer, no
 * other child has it, and share_take() copies it out and makes it safe, in this one place.
 */

#include "write/desired.h"
#include "write/workers/worker-report.h"

struct shared_user {
	bool is_done;
	int error;
	struct reason reason;
	struct file_report files[]; /* as many as the work has; the flags are behind them */
};

struct share {
	struct shared_user *user; /* NULL where there is none */
	size_t size;
};

/* Returns 0 or a negative errno. */
int share_open(const struct work_user *user, struct share *ret);

/* Keeps it from the children that are yet to be started. Returns 0 or a negative errno. */
int share_hide(const struct share *s);

/* For the child: per entry of a file, whether it is present, and whether it was removed. */
bool *share_present(const struct share *s, const struct work_user *user, size_t file);
bool *share_removed(const struct share *s, const struct work_user *user, size_t file);

/*
 * For the parent: the report as it is now. Every string in it is terminated and, but for the path,
 * printable; every error is 0 or a negative errno that has a reason; every finding is one of ours.
 */
void share_take(const struct share *s, const struct work_user *user, struct user_report *report);

void share_close(struct share *s);

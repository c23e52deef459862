/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The memory in which one child tells its parent how its files went. The child is the user, who can
 * write anything into it at any moment, and root reads it: it holds plain data and no pointer, no
 * other child has it, and worker_memory_take() copies it out and makes it safe, in this one place.
 */

#include "write/desired.h"
#include "write/workers/worker-report.h"

struct worker_memory_user {
	bool is_done;
	int error;
	struct reason reason;
	struct worker_file_report files[]; /* as many as the work has; the flags are behind them */
};

struct worker_memory {
	struct worker_memory_user *user; /* NULL where there is none */
	size_t size;
};

/* Returns 0 or a negative errno. */
int worker_memory_open(const struct desired_user *user, struct worker_memory *ret);

/* Keeps it from the children that are yet to be started. Returns 0 or a negative errno. */
int worker_memory_hide(const struct worker_memory *s);

/* For the child: per entry of a file, whether it is present, and whether it was removed. */
bool *worker_memory_present(
        const struct worker_memory *s, const struct desired_user *user, size_t file);
bool *worker_memory_removed(
        const struct worker_memory *s, const struct desired_user *user, size_t file);

/*
 * For the parent: the report as it is now. Every string in it is terminated and, but for the path,
 * printable; every error is 0 or a negative errno that has a reason; every finding is one of ours.
 */
void worker_memory_take(const struct worker_memory *s, const struct desired_user *user,
        struct worker_user_report *report);

void worker_memory_close(struct worker_memory *s);

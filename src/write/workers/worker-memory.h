/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The memory in which one worker reports to its parent. The worker is the user, who can write
 * anything into it at any moment, and root reads it: it holds plain data and no pointer, no other
 * worker has it, and worker_memory_read(), the only reader, makes a safe copy.
 */

#include "write/desired.h"
#include "write/workers/worker-report.h"

struct worker_memory_user {
	bool is_done;
	int error;
	struct reason reason;
	struct worker_file_report files[]; /* as many as are desired; the flags follow */
};

struct worker_memory {
	struct worker_memory_user *user; /* NULL: none */
	size_t size;
};

/* Returns 0 or a negative errno. */
int worker_memory_open(const struct desired_user *user, struct worker_memory *ret);

/* Keeps it out of workers started later. Returns 0 or a negative errno. */
int worker_memory_exclude_from_forks(const struct worker_memory *s);

/* For the worker: per entry of a file, whether it is present, and whether it was removed. */
bool *worker_memory_present(
        const struct worker_memory *s, const struct desired_user *user, size_t file);
bool *worker_memory_removed(
        const struct worker_memory *s, const struct desired_user *user, size_t file);

/*
 * For the parent: copies the report as it is now. Every string in the copy is terminated and,
 * except for the path, printable; every error is 0 or a negative errno with a reason; every finding
 * is of a known kind.
 */
void worker_memory_read(const struct worker_memory *s, const struct desired_user *user,
        struct worker_user_report *report);

void worker_memory_close(struct worker_memory *s);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A run over users' files: the children, what is logged of them, and the record of how each file is
 * then. What `write` and `logout` have in common.
 */

#include "config/paths.h"
#include "write/run-result.h"

struct file_run {
	const struct paths *paths;
	struct tokens *tokens; /* those the work refers to */
	int64_t now;
	int lock;                /* state_lock() */
	bool dry_run;            /* nothing is saved */
	bool is_logout;          /* the files it has no work for are still configured */
	char *const *only_users; /* whom it is limited to */
	size_t n_only_users;     /* 0: it is not */

	struct desired desired;
	struct written old;
	struct written record; /* how the files are, after file_run_do() */
	struct worker_reports reports;
	bool keeps_old; /* it could not be read: what is there is not replaced */
	size_t failed;  /* files, and what else was logged as a failure */

	/* Where not NULL: called when all users are done, before the record is saved. */
	void (*before_save)(void *userdata, const struct worker_reports *reports);
	void *userdata;
};

/* Returns 0, or a negative errno with a reason where the children could not be run. */
int file_run_do(struct file_run *run, struct reason *ret_reason);

/* A failure of our own state: logged, and counted. */
void file_run_log_failure(struct file_run *run, const struct reason *reason);

void file_run_done(struct file_run *run);

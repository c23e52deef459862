/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A run over users' files: the workers, their log lines, and the record of each file afterwards.
 * What `write` and `logout` have in common.
 */

#include "config/paths.h"
#include "write/run-result.h"

struct file_run {
	const struct paths *paths;
	struct tokens *tokens; /* to which desired refers */
	int64_t now;
	int lock;                /* state_lock() */
	bool dry_run;            /* nothing is saved */
	bool is_logout;          /* files not in desired are still configured */
	char *const *only_users; /* the users it is limited to */
	size_t n_only_users;     /* 0: all users */

	struct desired desired;
	struct written old;
	struct written record; /* the state of the files after file_run_do() */
	struct worker_reports reports;
	bool keeps_old; /* the old record could not be read, and must not be replaced */
	size_t failed;  /* files, and anything else that was logged as a failure */

	/* NULL, or called when all users are done, before the record is saved. */
	void (*before_save)(void *userdata, const struct worker_reports *reports);
	void *userdata;
};

/* Returns 0, or a negative errno with a reason if the workers could not be started. */
int file_run_do(struct file_run *run, struct reason *ret_reason);

/* Logs and counts a failure of our own state. */
void file_run_log_failure(struct file_run *run, const struct reason *reason);

void file_run_done(struct file_run *run);

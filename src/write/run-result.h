/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What came of a run: journal lines, and the record of how each file is now. */

#include "state/written.h"
#include "write/workers/workers.h"

struct outcome {
	const struct work *work;
	const struct reports *reports;
	const struct written *old;
	int64_t now;
	bool dry_run;
	bool is_logout;          /* the files it has no work for are still configured */
	char *const *only_users; /* whom the run was limited to */
	size_t n_only_users;     /* 0: it was not */
};

/* Logs what happened to each user and file. Returns how many files failed. */
size_t outcome_log(const struct outcome *o);

/*
 * Logs what the second look did, of which outcome_log() could not know. Returns how many files
 * failed at it, and whether there is anything new for the record.
 */
size_t outcome_log_again(const struct outcome *o, bool *ret_is_new);

/*
 * The new record: what the reports say; files of users that the run did not look at stay as they
 * were.
 */
void outcome_record(const struct outcome *o, struct written *ret);

/* Why a file failed: by itself, or because its user did. NULL where it is good. */
const struct reason *outcome_failure(const struct user_report *u, const struct file_report *f);

/*
 * Whether an account was removed together with its section of the ini: that is no failure, and
 * nothing is to do.
 */
bool outcome_is_gone(const struct work_user *user, const struct user_report *report);

/* What keeps a client from our entry, as a sentence with its mend. Owned. */
char *outcome_describe(const struct merge_finding *f);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What came of a run: journal lines, and the record of how each file is now. */

#include "../common/record.h"
#include "children.h"

struct outcome {
	const struct work *work;
	const struct reports *reports;
	const struct record *old;
	int64_t now;
	bool dry_run;
	char *const *only_users; /* whom the run was limited to */
	size_t n_only_users;     /* 0: it was not */
};

/* Logs what happened to each user and file. Returns how many files failed. */
size_t outcome_log(const struct outcome *o);

/*
 * The new record: what the reports say; files of users that the run did not look at stay as they
 * were.
 */
void outcome_record(const struct outcome *o, struct record *ret);

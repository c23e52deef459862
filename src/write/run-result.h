/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What came of a run: journal lines, and the record of how each file is now. */

#include "state/written.h"
#include "write/workers/worker-report.h"

struct run_result {
	const struct desired *desired;
	const struct worker_reports *reports;
	const struct written *old;
	int64_t now;
	bool dry_run;
	bool is_logout;          /* the files it has no work for are still configured */
	char *const *only_users; /* whom the run was limited to */
	size_t n_only_users;     /* 0: it was not */
};

/* Why a file failed: by itself, or because its user did. NULL where it is good. */
const struct reason *run_result_failure(
        const struct worker_user_report *u, const struct worker_file_report *f);

/*
 * Whether an account was removed together with its section of the ini: that is no failure, and
 * nothing is to do.
 */
bool run_result_is_gone(const struct desired_user *user, const struct worker_user_report *report);

/* What keeps a client from our entry, as a sentence with its mend. Owned. */
char *run_result_describe(const struct merge_finding *f);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The result of a run over users' files, from which its log and its record are made. */

#include "state/written.h"
#include "write/workers/worker-report.h"

struct run_result {
	const struct desired *desired;
	const struct worker_reports *reports;
	const struct written *old;
	int64_t now;
	bool dry_run;
	bool is_logout;          /* files not in desired are still configured */
	char *const *only_users; /* the users that the run was limited to */
	size_t n_only_users;     /* 0: all users */
};

/* Returns why a file failed, by itself or because its user did; NULL if it is good. */
const struct reason *run_result_failure(
        const struct worker_user_report *u, const struct worker_file_report *f);

/*
 * Reports whether an account was removed together with its section of the ini: that is not a
 * failure, and nothing is left to do.
 */
bool run_result_is_gone(const struct desired_user *user, const struct worker_user_report *report);

/* Returns what keeps a client from our entry, as a sentence with its fix. Owned. */
char *run_result_describe(const struct merge_finding *f);

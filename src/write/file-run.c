/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the workers and keeps the record. Users control what the workers' reports say. */
#include "write/file-run.h"

#include "base/timespan.h"
#include "state/state-file.h"
#include "write/counters.h"
#include "write/run-log.h"
#include "write/run-record.h"
#include "write/workers/workers.h"

#define USER_TIMEOUT_USEC (30 * USEC_PER_SEC)

void file_run_log_failure(struct file_run *run, const struct reason *reason)
{
	state_log_failure(reason);
	run->failed++;
}

static struct run_result make_result(
        const struct file_run *run, const struct worker_reports *reports)
{
	return (struct run_result){.desired = &run->desired,
	        .reports = reports,
	        .old = &run->old,
	        .now = run->now,
	        .dry_run = run->dry_run,
	        .is_logout = run->is_logout,
	        .only_users = run->only_users,
	        .n_only_users = run->n_only_users};
}

static void make_record(
        struct file_run *run, const struct run_result *result, const struct written *before)
{
	run_record(result, &run->record);
	counters_update(result, run->tokens, &run->record);
	run->record.watch_failure = before->watch_failure;
}

static void save(struct file_run *run, const struct written *before)
{
	struct reason reason;

	if (!run->keeps_old && written_save(run->paths, &run->record, before, &reason) < 0)
		file_run_log_failure(run, &reason);
}

/* Logs and records what the first pass did; only the second pass is left after it. */
static void finish_first_pass(void *userdata, const struct worker_reports *reports)
{
	struct file_run *run = userdata;
	struct run_result result = make_result(run, reports);

	run->failed += run_log(&result);
	make_record(run, &result, &run->old);
	if (run->dry_run)
		return; /* the record is for the summary alone */
	if (run->before_save)
		run->before_save(run->userdata, reports);
	save(run, &run->old);
}

/* Logs and records what the second pass did, which is rarely anything. */
static void finish_second_pass(struct file_run *run)
{
	_cleanup_(written_done) struct written before = {};
	struct run_result result = make_result(run, &run->reports);
	bool is_new;

	run->failed += run_log_second_pass(&result, &is_new);
	if (!is_new)
		return;
	before = run->record;
	make_record(run, &result, &before);
	save(run, &before);
}

int file_run_do(struct file_run *run, struct reason *ret_reason)
{
	struct workers_options options = {.desired = &run->desired,
	        .tokens = run->tokens,
	        .dry_run = run->dry_run,
	        .timeout_usec = USER_TIMEOUT_USEC,
	        .lock = run->lock,
	        .after_first_pass = finish_first_pass,
	        .userdata = run};
	int r;

	if (run->desired.n_users == 0) {
		finish_first_pass(run, &run->reports);
		return 0;
	}
	r = workers_run(&options, &run->reports, ret_reason);
	if (r < 0)
		return r;
	finish_second_pass(run);
	return 0;
}

void file_run_done(struct file_run *run)
{
	worker_reports_done(&run->reports);
	desired_done(&run->desired);
	written_done(&run->old);
	written_done(&run->record);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "write/file-run.h"

#include "base/timespan.h"
#include "state/state-file.h"
#include "write/counters.h"

#define USER_TIMEOUT_USEC (30 * USEC_PER_SEC)

void file_run_log_failure(struct file_run *run, const struct reason *reason)
{
	state_log_failure(reason);
	run->failed++;
}

static struct run_result outcome_of(const struct file_run *run, const struct reports *reports)
{
	return (struct run_result){.work = &run->work,
	        .reports = reports,
	        .old = &run->old,
	        .now = run->now,
	        .dry_run = run->dry_run,
	        .is_logout = run->is_logout,
	        .only_users = run->only_users,
	        .n_only_users = run->n_only_users};
}

static void record(struct file_run *run, const struct run_result *o, const struct written *before)
{
	run_record(o, &run->record);
	counters_update(o, run->tokens, &run->record);
	run->record.watch_failure = before->watch_failure;
}

static void save(struct file_run *run, const struct written *before)
{
	struct reason reason;

	if (!run->keeps_old && written_save(run->paths, &run->record, before, &reason) < 0)
		file_run_log_failure(run, &reason);
}

/* Everything that is left to do once the users' files are written, before the second look at them.
 */
static void finish(void *userdata, const struct reports *reports)
{
	struct file_run *run = userdata;
	struct run_result o = outcome_of(run, reports);

	run->failed += run_log(&o);
	record(run, &o, &run->old);
	if (run->dry_run)
		return; /* the record is for the summary alone */
	if (run->before_save)
		run->before_save(run->userdata, reports);
	save(run, &run->old);
}

/* The second look is at the last moment; hardly ever is there anything new. */
static void finish_again(struct file_run *run)
{
	_cleanup_(written_done) struct written before = {};
	struct run_result o = outcome_of(run, &run->reports);
	bool is_new;

	run->failed += run_log_again(&o, &is_new);
	if (!is_new)
		return;
	before = run->record;
	record(run, &o, &before);
	save(run, &before);
}

int file_run_do(struct file_run *run, struct reason *ret_reason)
{
	struct workers_job job = {.work = &run->work,
	        .tokens = run->tokens,
	        .dry_run = run->dry_run,
	        .timeout_usec = USER_TIMEOUT_USEC,
	        .lock = run->lock,
	        .between = finish,
	        .userdata = run};
	int r;

	if (run->work.n_users == 0) {
		finish(run, &run->reports);
		return 0;
	}
	r = workers_run(&job, &run->reports, ret_reason);
	if (r < 0)
		return r;
	finish_again(run);
	return 0;
}

void file_run_done(struct file_run *run)
{
	reports_done(&run->reports);
	desired_done(&run->work);
	written_done(&run->old);
	written_done(&run->record);
}

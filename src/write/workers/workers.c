/* SPDX-License-Identifier: Apache-2.0 */
#include "write/workers/workers.h"

#include <string.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "write/workers/worker-batch.h"

static void reports_make(const struct desired *work, struct reports *ret)
{
	ret->n_users = work->n_users;
	ret->users = xcalloc(work->n_users + 1, sizeof(*ret->users));
	for (size_t u = 0; u < work->n_users; u++) {
		size_t n = work->users[u].n_files;
		struct worker_user_report *report = &ret->users[u];

		report->files = xcalloc(n + 1, sizeof(*report->files));
		/* With an end, for reports_done(). */
		report->present = xcalloc(n + 1, sizeof(*report->present));
		report->removed = xcalloc(n + 1, sizeof(*report->removed));
		for (size_t i = 0; i < n; i++) {
			size_t n_entries = work->users[u].files[i].n_entries;

			report->present[i] = xcalloc(n_entries + 1, sizeof(bool));
			report->removed[i] = xcalloc(n_entries + 1, sizeof(bool));
		}
	}
}

int workers_run(const struct workers_job *job, struct reports *ret, struct reason *ret_reason)
{
	size_t n_users = job->work->n_users;

	reports_make(job->work, ret);
	for (size_t first = 0; first < n_users; first += BATCH_MAX) {
		_cleanup_(worker_batch_done) struct worker_batch b = {.job = job,
		        .reports = ret,
		        .first = first,
		        .go = {-1, -1},
		        .deadline = monotonic_now() + job->timeout_usec};
		int r = worker_batch_start(&b);

		if (r < 0)
			return reason_set(ret_reason, -r, "no-child",
			        "the users' files cannot be written: no child process: %s",
			        strerror(-r));
		worker_batch_first_step(&b);
		ret->n_finished = first;
		if (job->between && first + b.n == n_users)
			job->between(job->userdata, ret);
		worker_batch_second_step(&b);
	}
	return 0;
}

static void user_report_done(struct worker_user_report *report)
{
	for (size_t i = 0; report->present[i]; i++) {
		free(report->present[i]);
		free(report->removed[i]);
	}
	free(report->present);
	free(report->removed);
	free(report->files);
}

void reports_done(struct reports *r)
{
	for (size_t u = 0; u < r->n_users; u++)
		user_report_done(&r->users[u]);
	free(r->users);
	*r = (struct reports){};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Makes empty reports for what is desired, and frees them. */
#include "write/workers/worker-report.h"

#include "base/alloc.h"

void worker_reports_make(const struct desired *desired, struct worker_reports *ret)
{
	ret->n_users = desired->n_users;
	ret->users = xcalloc(desired->n_users + 1, sizeof(*ret->users));
	for (size_t u = 0; u < desired->n_users; u++) {
		size_t n = desired->users[u].n_files;
		struct worker_user_report *report = &ret->users[u];

		report->files = xcalloc(n + 1, sizeof(*report->files));
		/* With a NULL at the end, for worker_reports_done(). */
		report->present = xcalloc(n + 1, sizeof(*report->present));
		report->removed = xcalloc(n + 1, sizeof(*report->removed));
		for (size_t i = 0; i < n; i++) {
			size_t n_entries = desired->users[u].files[i].n_entries;

			report->present[i] = xcalloc(n_entries + 1, sizeof(bool));
			report->removed[i] = xcalloc(n_entries + 1, sizeof(bool));
		}
	}
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

void worker_reports_done(struct worker_reports *r)
{
	for (size_t u = 0; u < r->n_users; u++)
		user_report_done(&r->users[u]);
	free(r->users);
	*r = (struct worker_reports){};
}

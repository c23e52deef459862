/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of the writer with no desired entry: the record lists ours, and a worker that has become
 * the user removes each that is still as we left it. An entry that another program has replaced
 * stays.
 */
#include "write/logout.h"

#include "base/alloc.h"
#include "base/environment.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/plan.h"
#include "state/state-file.h"
#include "write/file-run.h"
#include "write/user-status.h"

#define LOCK_TIMEOUT_USEC (30 * USEC_PER_SEC)

/* Copies the selected entries to a record with borrowed strings. */
static void select_entries(
        const struct written *from, const struct logout_options *o, struct written *ret)
{
	for (size_t i = 0; i < from->n_files; i++) {
		const struct written_file *f = &from->files[i];
		struct written_file *to = NULL;

		for (size_t e = 0; e < f->n_entries; e++) {
			if (!name_filter_matches(f->entries[e].host, o->hosts, o->n_hosts))
				continue;
			if (!to) {
				to = array_append(&ret->files, &ret->n_files, sizeof(*to));
				to->user = f->user;
				to->file = f->file;
			}
			*(struct record_entry *)array_append(
			        &to->entries, &to->n_entries, sizeof(*to->entries)) = f->entries[e];
		}
	}
}

static void selected_done(struct written *r)
{
	for (size_t i = 0; i < r->n_files; i++)
		free(r->files[i].entries);
	free(r->files);
}

static size_t count_removed(const struct file_run *run)
{
	size_t n = 0;

	for (size_t u = 0; u < run->desired.n_users; u++) {
		const struct desired_user *user = &run->desired.users[u];

		for (size_t i = 0; i < user->n_files; i++)
			for (size_t e = 0; e < user->files[i].n_entries; e++)
				n += run->reports.users[u].removed[i][e];
	}
	return n;
}

static void update_user_status(const struct logout_options *o, struct file_run *run)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	struct user_status_run s = {.config = o->config,
	        .tokens = &tokens,
	        .record = &run->record,
	        .desired = &run->desired,
	        .reports = &run->reports,
	        .is_partial = true};
	struct reason reason;

	if (!o->paths->is_system || !o->config)
		return;
	if (tokens_load(o->paths, &tokens, &reason) < 0 ||
	        user_status_update(&s, SYSTEM_STATUS_DIR, &reason) < 0)
		file_run_log_failure(run, &reason);
}

int logout_run(const struct logout_options *options, size_t *ret_removed)
{
	struct config nothing = {};
	struct tokens none = {};
	_cleanup_(file_run_done) struct file_run run = {.paths = options->paths,
	        .tokens = &none,
	        .now = timestamp_now(),
	        .is_logout = true,
	        .only_users = options->users,
	        .n_only_users = options->n_users};
	_cleanup_(selected_done) struct written selected = {};
	_cleanup_(closep) int lock = -1;
	struct reason reason;

	*ret_removed = 0;
	environment_forget_secrets();
	lock = state_lock(options->paths->record_dir, monotonic_now() + LOCK_TIMEOUT_USEC, &reason);
	if (lock < 0 || written_load(options->paths, &run.old, &reason) < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	run.lock = lock;
	select_entries(&run.old, options, &selected);
	desired_make(&nothing, &none, &selected, run.now, options->users, options->n_users,
	        &run.desired);
	if (run.desired.n_users == 0)
		return EXIT_SUCCESS;
	if (file_run_do(&run, &reason) < 0) {
		state_log_failure(&reason);
		return EXIT_FAILURE;
	}
	update_user_status(options, &run);
	*ret_removed = count_removed(&run);
	return run.failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

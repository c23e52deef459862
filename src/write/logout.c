/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of the writer for which nothing is wanted: the record says what is ours, and a child that
 * has become the user takes it out, where it is as we left it. What others put in its place stays.
 */
#include "logout.h"

#include "../common/alloc.h"
#include "../common/environment.h"
#include "../common/log.h"
#include "../common/state.h"
#include "../common/timespan.h"
#include "../common/timestamp.h"
#include "outcome.h"
#include "user-status.h"

#define LOCK_TIMEOUT_USEC (30 * USEC_PER_SEC)
#define USER_TIMEOUT_USEC (30 * USEC_PER_SEC)

struct run {
	const struct logout_options *options;
	struct record old, record;
	struct work work;
	struct reports reports;
	int64_t now;
	size_t failed;
};

static void run_done(struct run *run)
{
	reports_done(&run->reports);
	work_done(&run->work);
	record_done(&run->old);
	record_done(&run->record);
}

static void log_state_failure(struct run *run, const struct reason *reason)
{
	state_log_failure(reason);
	run->failed++;
}

/* The entries that are meant, as a record of its own whose strings are borrowed. */
static void select_entries(
        const struct record *from, const struct logout_options *o, struct record *ret)
{
	for (size_t i = 0; i < from->n_files; i++) {
		const struct record_file *f = &from->files[i];
		struct record_file *to = NULL;

		for (size_t e = 0; e < f->n_entries; e++) {
			if (!work_is_selected(f->entries[e].host, o->hosts, o->n_hosts))
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

static void selected_done(struct record *r)
{
	for (size_t i = 0; i < r->n_files; i++)
		free(r->files[i].entries);
	free(r->files);
}

static struct outcome outcome_of(const struct run *run, const struct reports *reports)
{
	return (struct outcome){.work = &run->work,
	        .reports = reports,
	        .old = &run->old,
	        .now = run->now,
	        .is_logout = true,
	        .only_users = run->options->users,
	        .n_only_users = run->options->n_users};
}

static void save(struct run *run, const struct outcome *o, const struct record *before)
{
	struct reason reason;

	outcome_record(o, &run->record);
	run->record.watch_failure = run->old.watch_failure;
	if (record_save(run->options->paths, &run->record, before, &reason) < 0)
		log_state_failure(run, &reason);
}

static void finish(void *userdata, const struct reports *reports)
{
	struct run *run = userdata;
	struct outcome o = outcome_of(run, reports);

	run->failed += outcome_log(&o);
	save(run, &o, &run->old);
}

static void finish_again(struct run *run)
{
	_cleanup_(record_done) struct record before = {};
	struct outcome o = outcome_of(run, &run->reports);
	bool is_new;

	run->failed += outcome_log_again(&o, &is_new);
	if (!is_new)
		return;
	before = run->record;
	save(run, &o, &before);
}

static size_t count_removed(const struct run *run)
{
	size_t n = 0;

	for (size_t u = 0; u < run->work.n_users; u++) {
		const struct work_user *user = &run->work.users[u];

		for (size_t i = 0; run->reports.n_users > 0 && i < user->n_files; i++)
			for (size_t e = 0; e < user->files[i].n_entries; e++)
				n += run->reports.users[u].removed[i][e];
	}
	return n;
}

static void update_user_status(struct run *run)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	const struct logout_options *o = run->options;
	struct user_status_run s = {.config = o->config,
	        .tokens = &tokens,
	        .record = &run->record,
	        .work = &run->work,
	        .reports = &run->reports,
	        .is_partial = true};
	struct reason reason;

	if (!o->paths->is_system || !o->config)
		return;
	if (state_load_tokens(o->paths, &tokens, &reason) < 0 ||
	        user_status_update(&s, SYSTEM_STATUS_DIR, &reason) < 0)
		log_state_failure(run, &reason);
}

static int take_out(struct run *run)
{
	struct tokens none = {};
	struct reason reason;
	int r = children_run(
	        &run->work, &none, false, USER_TIMEOUT_USEC, finish, run, &run->reports, &reason);

	if (r < 0) {
		log_state_failure(run, &reason);
		return r;
	}
	finish_again(run);
	update_user_status(run);
	return 0;
}

int logout_run(const struct logout_options *options, size_t *ret_removed)
{
	_cleanup_(run_done) struct run run = {.options = options, .now = timestamp_now()};
	_cleanup_(selected_done) struct record selected = {};
	_cleanup_(closep) int lock = -1;
	struct config nothing = {};
	struct tokens none = {};
	struct reason reason;

	*ret_removed = 0;
	environment_forget_secrets();
	lock = state_lock(options->paths->record_dir, monotonic_now() + LOCK_TIMEOUT_USEC, &reason);
	if (lock < 0 || record_load(options->paths, &run.old, &reason) < 0) {
		log_state_failure(&run, &reason);
		return EXIT_FAILURE;
	}
	select_entries(&run.old, options, &selected);
	work_make(&nothing, &none, &selected, run.now, options->users, options->n_users, &run.work);
	if (run.work.n_users > 0 && take_out(&run) < 0)
		return EXIT_FAILURE;
	*ret_removed = count_removed(&run);
	return run.failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

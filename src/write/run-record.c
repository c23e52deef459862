/* SPDX-License-Identifier: Apache-2.0 */
/* Records what the next run and `status` should know. Users control findings and paths. */
#include "write/run-record.h"

#include <string.h>

#include "base/alloc.h"
#include "config/plan.h"

static void add_entry(struct written_file *f, const char *host, uint64_t hash)
{
	struct record_entry *e = array_append(&f->entries, &f->n_entries, sizeof(*e));

	*e = (struct record_entry){.host = xstrdup(host), .hash = hash};
}

/*
 * Records which entries of the file are ours now. An entry that the run did not touch (its token
 * has expired) stays ours; one that was removed, or that another program has replaced, does not.
 */
static void record_entries(struct written_file *f, const struct desired_file *file,
        const struct written_file *old, const bool *present, bool failed)
{
	for (size_t i = 0; !failed && i < file->n_entries; i++) {
		const struct desired_entry *e = &file->entries[i];

		if (e->auth->size > 0 && present[i])
			add_entry(f, e->host, e->hash);
	}
	for (size_t i = 0; old && i < old->n_entries; i++)
		if (failed || !desired_find_entry(file, old->entries[i].host))
			add_entry(f, old->entries[i].host, old->entries[i].hash);
}

static void record_findings(struct written_file *f, const struct worker_file_report *report)
{
	for (unsigned i = 0; i < report->n_findings; i++)
		*(char **)array_append(&f->findings, &f->n_findings, sizeof(char *)) =
		        run_result_describe(&report->findings[i]);
}

static void record_file(const struct run_result *run, size_t u, size_t i, struct written *ret)
{
	const struct desired_user *user = &run->desired->users[u];
	const struct desired_file *file = &user->files[i];
	const struct worker_user_report *report = &run->reports->users[u];
	const struct worker_file_report *fr = &report->files[i];
	const struct written_file *old = written_find(run->old, user->name, file->file);
	const struct reason *why = run_result_failure(report, fr);
	struct written_file f = {.user = xstrdup(user->name), .file = xstrdup(file->file)};

	if (fr->path[0] || (old && old->path))
		f.path = xstrdup(fr->path[0] ? fr->path : old->path);
	if (why)
		f.failure = *why;
	f.since = old && strcmp(old->failure.code, f.failure.code) == 0 ? old->since : run->now;
	f.written_at = fr->written ? run->now : old ? old->written_at : 0;
	/* A file that fails only in the second pass may still have what the first one wrote. */
	record_entries(&f, file, old, report->present[i], why && !fr->rechecked);
	record_findings(&f, fr);
	/* A file that is no longer configured is forgotten once nothing of ours is in it. */
	if (run_result_is_gone(&run->desired->users[u], report) ||
	        (!file->is_configured && !why && !f.n_entries))
		written_file_done(&f);
	else
		*(struct written_file *)array_append(&ret->files, &ret->n_files, sizeof(f)) = f;
}

static void copy_file(const struct written_file *from, struct written *ret)
{
	struct written_file f = *from;

	f.user = xstrdup(from->user);
	f.file = xstrdup(from->file);
	f.path = from->path ? xstrdup(from->path) : NULL;
	f.entries = NULL;
	f.findings = NULL;
	f.n_entries = f.n_findings = 0;
	for (size_t i = 0; i < from->n_entries; i++)
		add_entry(&f, from->entries[i].host, from->entries[i].hash);
	for (size_t i = 0; i < from->n_findings; i++)
		*(char **)array_append(&f.findings, &f.n_findings, sizeof(char *)) =
		        xstrdup(from->findings[i]);
	*(struct written_file *)array_append(&ret->files, &ret->n_files, sizeof(f)) = f;
}

static bool is_in_desired(const struct desired *desired, const struct written_file *f)
{
	for (size_t u = 0; u < desired->n_users; u++)
		for (size_t i = 0; i < desired->users[u].n_files; i++)
			if (strcmp(desired->users[u].name, f->user) == 0 &&
			        strcmp(desired->users[u].files[i].file, f->file) == 0)
				return true;
	return false;
}

/*
 * Copies files that were not in this run: our entries in them are still ours, and for users outside
 * the run nothing has changed.
 */
static void keep_others(const struct run_result *run, struct written *ret)
{
	for (size_t i = 0; i < run->old->n_files; i++) {
		const struct written_file *f = &run->old->files[i];
		bool is_selected = name_filter_matches(f->user, run->only_users, run->n_only_users);
		bool is_kept = f->n_entries > 0 || run->is_logout;

		if (!is_selected || (is_kept && !is_in_desired(run->desired, f)))
			copy_file(f, ret);
	}
}

void run_record(const struct run_result *run, struct written *ret)
{
	*ret = (struct written){};
	for (size_t u = 0; u < run->desired->n_users; u++)
		for (size_t i = 0; i < run->desired->users[u].n_files; i++)
			record_file(run, u, i, ret);
	keep_others(run, ret);
}

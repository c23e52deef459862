/* SPDX-License-Identifier: Apache-2.0 */
#include "outcome.h"

#include <errno.h>
#include <string.h>

#include "../common/alloc.h"
#include "../common/log.h"

/* Why this file failed: by itself, or because its user did. NULL where it is good. */
static const struct reason *failure_of(const struct user_report *u, const struct file_report *f)
{
	static const struct reason unfinished = {.code = "timeout",
	        .text = "the file could not be written in time; does its file system answer?"};

	if (u->error < 0)
		return &u->reason;
	if (!f->is_done)
		return &unfinished;
	return f->error < 0 ? &f->reason : NULL;
}

/* An account that was removed together with its section of the ini: no failure, and nothing to do.
 */
static bool is_gone(const struct work_user *user, const struct user_report *report)
{
	if (report->error != -ENOENT || strcmp(report->reason.code, "no-such-user") != 0)
		return false;
	for (size_t i = 0; i < user->n_files; i++)
		if (user->files[i].is_configured)
			return false;
	return true;
}

/* What keeps a client from our entry, as a sentence with its mend. */
static char *describe_finding(const struct merge_finding *f)
{
	switch (f->kind) {
	case MERGE_CRED_HELPER:
		return xasprintf(
		        "credHelpers has \"%s\" for %s, so docker asks that helper and not "
		        "our entry; take the line out of credHelpers",
		        f->detail, f->host);
	case MERGE_CREDS_STORE:
		return xasprintf("credsStore is \"%s\", so docker asks that helper and not our "
		                 "entries; take credsStore out, or, for a user with an AWS "
		                 "identity, add \"credHelpers\": {\"HOST\": "
		                 "\"ecr-refresher\"} for each of ours",
		        f->detail);
	case MERGE_REPOSITORY_KEY:
		return xasprintf(
		        "there is an entry for \"%s\", which podman prefers to ours for %s; "
		        "remove it with podman logout %s",
		        f->detail, f->host, f->detail);
	}
	return xstrdup("");
}

static bool is_known(const struct record_file *old, const char *finding)
{
	for (size_t i = 0; old && i < old->n_findings; i++)
		if (strcmp(old->findings[i], finding) == 0)
			return true;
	return false;
}

static size_t list_hosts(const struct work_file *file, const bool *flags, bool wanted, char **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < file->n_entries; i++)
		if (flags[i] && (file->entries[i].auth->size > 0) == wanted)
			ret[n++] = (char *)file->entries[i].host;
	return n;
}

/* As `ecr-refresher check` names it. */
static const char *finding_name(enum merge_finding_kind kind)
{
	static const char *const names[] = {[MERGE_CRED_HELPER] = "credhelpers-hide",
	        [MERGE_CREDS_STORE] = "credsstore-hides",
	        [MERGE_REPOSITORY_KEY] = "repository-key"};

	return names[kind];
}

/* A finding is logged when it is new, not at every run. Without a host it is about all of them. */
static void log_findings(const struct outcome *o, const char *user, const struct work_file *file,
        const struct file_report *f, const bool *present)
{
	const struct record_file *old = record_find(o->old, user, file->file);
	_cleanup_(freep) char **hosts = xcalloc(file->n_entries + 1, sizeof(*hosts));
	size_t n = list_hosts(file, present, true, hosts);

	for (unsigned i = 0; i < f->n_findings; i++) {
		const struct merge_finding *finding = &f->findings[i];
		_cleanup_(freep) char *text = describe_finding(finding);
		char *host = (char *)finding->host;
		struct log_fields fields = {.user = user,
		        .file = f->path,
		        .registries = *host ? &host : hosts,
		        .n_registries = *host ? 1 : n,
		        .error = finding_name(finding->kind)};

		if (!is_known(old, text))
			log_event(EVENT_ENTRY_HIDDEN, &fields, "%s: %s: %s", user, f->path, text);
	}
}

static const char *plural(size_t n)
{
	return n == 1 ? "y" : "ies";
}

static void log_changes(const struct outcome *o, const char *user, const struct work_file *file,
        const struct file_report *f, const bool *present, const bool *removed)
{
	_cleanup_(freep) char **hosts = xcalloc(file->n_entries + 1, sizeof(*hosts));
	struct log_fields fields = {.user = user, .file = f->path, .registries = hosts};
	size_t n;

	fields.n_registries = n = list_hosts(file, removed, false, hosts);
	if (n > 0)
		log_event(EVENT_ENTRY_REMOVED, &fields, "%s: %s: %s %zu entr%s (%s%s)", user,
		        f->path, o->dry_run ? "would take out" : "took out", n, plural(n), hosts[0],
		        n > 1 ? ", …" : "");
	fields.n_registries = n = list_hosts(file, present, true, hosts);
	if (f->written && n > 0)
		log_event(EVENT_FILE_WRITTEN, &fields, "%s: %s: %s %zu entr%s (%s%s)", user,
		        f->path, o->dry_run ? "would write" : "wrote", n, plural(n), hosts[0],
		        n > 1 ? ", …" : "");
	if (!f->written)
		log_debug("%s: %s: as it should be, with %zu entr%s", user, f->path, n, plural(n));
}

static void log_file_failure(const char *user, const struct work_file *file,
        const struct file_report *report, const struct reason *why)
{
	struct log_fields fields = {.user = user,
	        .file = report->path[0] ? report->path : file->file,
	        .error = why->code};

	log_event(EVENT_FILE_FAILED, &fields, "%s: %s", user, why->text);
}

/* Returns how many files failed with the user. */
static size_t log_user_failure(const struct work_user *user, const struct user_report *report)
{
	struct log_fields fields = {.user = user->name, .error = report->reason.code};

	if (is_gone(user, report))
		return 0;
	log_event(EVENT_USER_FAILED, &fields, "%s", report->reason.text);
	return user->n_files;
}

static size_t log_user(const struct outcome *o, size_t u)
{
	const struct work_user *user = &o->work->users[u];
	const struct user_report *report = &o->reports->users[u];
	size_t failed = 0;

	if (report->error < 0)
		return log_user_failure(user, report);
	for (size_t i = 0; i < user->n_files; i++) {
		const struct file_report *f = &report->files[i];
		const struct reason *why = failure_of(report, f);

		if (why) {
			log_file_failure(user->name, &user->files[i], f, why);
			failed++;
			continue;
		}
		log_changes(
		        o, user->name, &user->files[i], f, report->present[i], report->removed[i]);
		log_findings(o, user->name, &user->files[i], f, report->present[i]);
	}
	return failed;
}

size_t outcome_log(const struct outcome *o)
{
	size_t failed = 0;

	for (size_t u = 0; u < o->work->n_users; u++)
		failed += log_user(o, u);
	return failed;
}

/* What was taken out at the first look is not told of twice. */
static void log_rewrite(const char *user, const struct work_file *file, const struct file_report *f,
        const bool *present, const bool *removed)
{
	_cleanup_(freep) char **hosts = xcalloc(file->n_entries + 1, sizeof(*hosts));
	struct log_fields fields = {.user = user, .file = f->path, .registries = hosts};
	size_t n = list_hosts(file, present, true, hosts);
	enum event event = n > 0 ? EVENT_FILE_WRITTEN : EVENT_ENTRY_REMOVED;

	if (n == 0)
		n = list_hosts(file, removed, false, hosts);
	fields.n_registries = n;
	if (n > 0)
		log_event(event, &fields,
		        "%s: %s: %s %zu entr%s again (%s%s), for the file was changed meanwhile",
		        user, f->path, event == EVENT_FILE_WRITTEN ? "wrote" : "took out", n,
		        plural(n), hosts[0], n > 1 ? ", …" : "");
}

static size_t log_user_again(
        const struct work_user *user, const struct user_report *report, bool *is_new)
{
	size_t failed = 0;

	*is_new |= report->looked_again;
	if (report->error < 0)
		return report->looked_again ? log_user_failure(user, report) : 0;
	for (size_t i = 0; i < user->n_files; i++) {
		const struct file_report *f = &report->files[i];
		const struct reason *why = f->looked_again ? failure_of(report, f) : NULL;

		*is_new |= f->looked_again;
		failed += why != NULL;
		if (why)
			log_file_failure(user->name, &user->files[i], f, why);
		else if (f->rewritten)
			log_rewrite(user->name, &user->files[i], f, report->present[i],
			        report->removed[i]);
	}
	return failed;
}

size_t outcome_log_again(const struct outcome *o, bool *ret_is_new)
{
	size_t failed = 0;

	*ret_is_new = false;
	for (size_t u = o->reports->n_settled; u < o->work->n_users; u++)
		failed += log_user_again(&o->work->users[u], &o->reports->users[u], ret_is_new);
	return failed;
}

static void add_entry(struct record_file *f, const char *host, uint64_t hash)
{
	struct record_entry *e = array_append(&f->entries, &f->n_entries, sizeof(*e));

	*e = (struct record_entry){.host = xstrdup(host), .hash = hash};
}

static const struct merge_entry *worked_on(const struct work_file *file, const char *host)
{
	for (size_t i = 0; i < file->n_entries; i++)
		if (strcmp(file->entries[i].host, host) == 0)
			return &file->entries[i];
	return NULL;
}

/*
 * What is ours in the file now. An entry the run had nothing to say about (its token ran out) stays
 * ours; one that was taken out, or was found to be another's, does not.
 */
static void record_entries(struct record_file *f, const struct work_file *file,
        const struct record_file *old, const bool *present, bool failed)
{
	for (size_t i = 0; !failed && i < file->n_entries; i++) {
		const struct merge_entry *e = &file->entries[i];

		if (e->auth->size > 0 && present[i])
			add_entry(f, e->host, merge_hash(e->auth->data, e->auth->size));
	}
	for (size_t i = 0; old && i < old->n_entries; i++)
		if (failed || !worked_on(file, old->entries[i].host))
			add_entry(f, old->entries[i].host, old->entries[i].hash);
}

static void record_findings(struct record_file *f, const struct file_report *report)
{
	for (unsigned i = 0; i < report->n_findings; i++)
		*(char **)array_append(&f->findings, &f->n_findings, sizeof(char *)) =
		        describe_finding(&report->findings[i]);
}

static void record_one(const struct outcome *o, size_t u, size_t i, struct record *ret)
{
	const struct work_user *user = &o->work->users[u];
	const struct work_file *file = &user->files[i];
	const struct user_report *report = &o->reports->users[u];
	const struct file_report *fr = &report->files[i];
	const struct record_file *old = record_find(o->old, user->name, file->file);
	const struct reason *why = failure_of(report, fr);
	struct record_file f = {.user = xstrdup(user->name), .file = xstrdup(file->file)};

	if (fr->path[0] || (old && old->path))
		f.path = xstrdup(fr->path[0] ? fr->path : old->path);
	if (why)
		f.failure = *why;
	f.since = old && strcmp(old->failure.code, f.failure.code) == 0 ? old->since : o->now;
	f.written_at = fr->written ? o->now : old ? old->written_at : 0;
	/* What fails at the second look only may still have what the first brought in. */
	record_entries(&f, file, old, report->present[i], why && !fr->looked_again);
	record_findings(&f, fr);
	/* Once all of ours is out of a file that is no longer configured, there is nothing to know.
	 */
	if (is_gone(&o->work->users[u], report) || (!file->is_configured && !why && !f.n_entries))
		record_file_done(&f);
	else
		*(struct record_file *)array_append(&ret->files, &ret->n_files, sizeof(f)) = f;
}

static void copy_file(const struct record_file *from, struct record *ret)
{
	struct record_file f = *from;

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
	*(struct record_file *)array_append(&ret->files, &ret->n_files, sizeof(f)) = f;
}

static bool is_in_work(const struct work *work, const struct record_file *f)
{
	for (size_t u = 0; u < work->n_users; u++)
		for (size_t i = 0; i < work->users[u].n_files; i++)
			if (strcmp(work->users[u].name, f->user) == 0 &&
			        strcmp(work->users[u].files[i].file, f->file) == 0)
				return true;
	return false;
}

/*
 * Entries of ours in files that this run did not look at are still ours; and of the users whom it
 * was not for, nothing has changed.
 */
static void keep_others(const struct outcome *o, struct record *ret)
{
	for (size_t i = 0; i < o->old->n_files; i++) {
		const struct record_file *f = &o->old->files[i];
		bool is_selected = work_is_selected(f->user, o->only_users, o->n_only_users);
		bool is_kept = f->n_entries > 0 || o->is_logout;

		if (!is_selected || (is_kept && !is_in_work(o->work, f)))
			copy_file(f, ret);
	}
}

void outcome_record(const struct outcome *o, struct record *ret)
{
	*ret = (struct record){};
	for (size_t u = 0; u < o->work->n_users; u++)
		for (size_t i = 0; i < o->work->users[u].n_files; i++)
			record_one(o, u, i, ret);
	keep_others(o, ret);
}

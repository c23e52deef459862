/* SPDX-License-Identifier: Apache-2.0 */
/* Logs a run to the journal or a terminal. Users control paths, reasons and findings. */
#include "write/run-log.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

static bool has_finding(const struct written_file *old, const char *finding)
{
	for (size_t i = 0; old && i < old->n_findings; i++)
		if (strcmp(old->findings[i], finding) == 0)
			return true;
	return false;
}

static size_t list_hosts(
        const struct desired_file *file, const bool *flags, bool wanted, char **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < file->n_entries; i++)
		if (flags[i] && (file->entries[i].auth->size > 0) == wanted)
			ret[n++] = (char *)file->entries[i].host;
	return n;
}

/* Returns the code that `ecr-refresher check` has for the finding. */
static const char *finding_code(enum merge_finding_kind kind)
{
	static const char *const names[] = {[MERGE_CRED_HELPER] = "credhelpers-hide",
	        [MERGE_CREDS_STORE] = "credsstore-hides",
	        [MERGE_REPOSITORY_KEY] = "repository-key"};

	return names[kind];
}

/* Logs findings when they are new, not at every run. One without a host concerns all of them. */
static void log_findings(const struct run_result *run, const char *user,
        const struct desired_file *file, const struct worker_file_report *f, const bool *present)
{
	const struct written_file *old = written_find(run->old, user, file->file);
	_cleanup_(freep) char **hosts = xcalloc(file->n_entries + 1, sizeof(*hosts));
	size_t n = list_hosts(file, present, true, hosts);

	for (unsigned i = 0; i < f->n_findings; i++) {
		const struct merge_finding *finding = &f->findings[i];
		_cleanup_(freep) char *text = run_result_describe(finding);
		char *host = (char *)finding->host;
		struct log_fields fields = {.user = user,
		        .file = f->path,
		        .registries = *host ? &host : hosts,
		        .n_registries = *host ? 1 : n,
		        .error = finding_code(finding->kind)};

		if (!has_finding(old, text))
			log_event(EVENT_ENTRY_HIDDEN, &fields, "%s: %s: %s", user, f->path, text);
	}
}

static const char *plural(size_t n)
{
	return n == 1 ? "y" : "ies";
}

static void log_changes(const struct run_result *run, const char *user,
        const struct desired_file *file, const struct worker_file_report *f, const bool *present,
        const bool *removed)
{
	_cleanup_(freep) char **hosts = xcalloc(file->n_entries + 1, sizeof(*hosts));
	struct log_fields fields = {.user = user, .file = f->path, .registries = hosts};
	size_t n;

	fields.n_registries = n = list_hosts(file, removed, false, hosts);
	if (n > 0)
		log_event(EVENT_ENTRY_REMOVED, &fields, "%s: %s: %s %zu entr%s (%s%s)", user,
		        f->path, run->dry_run ? "would remove" : "removed", n, plural(n), hosts[0],
		        n > 1 ? ", …" : "");
	fields.n_registries = n = list_hosts(file, present, true, hosts);
	if (f->written && n > 0)
		log_event(EVENT_FILE_WRITTEN, &fields, "%s: %s: %s %zu entr%s (%s%s)", user,
		        f->path, run->dry_run ? "would write" : "wrote", n, plural(n), hosts[0],
		        n > 1 ? ", …" : "");
	if (!f->written)
		log_debug("%s: %s: up to date, with %zu entr%s", user, f->path, n, plural(n));
}

static void log_file_failure(const char *user, const struct desired_file *file,
        const struct worker_file_report *report, const struct reason *why)
{
	struct log_fields fields = {.user = user,
	        .file = report->path[0] ? report->path : file->file,
	        .error = why->code};

	log_event(EVENT_FILE_FAILED, &fields, "%s: %s", user, why->text);
}

/* Logs why the user failed. Returns how many files failed for that reason. */
static size_t log_user_failure(
        const struct desired_user *user, const struct worker_user_report *report)
{
	struct log_fields fields = {.user = user->name, .error = report->reason.code};

	if (run_result_is_gone(user, report))
		return 0;
	log_event(EVENT_USER_FAILED, &fields, "%s", report->reason.text);
	return user->n_files;
}

static size_t log_user(const struct run_result *run, size_t u)
{
	const struct desired_user *user = &run->desired->users[u];
	const struct worker_user_report *report = &run->reports->users[u];
	size_t failed = 0;

	if (report->error < 0)
		return log_user_failure(user, report);
	for (size_t i = 0; i < user->n_files; i++) {
		const struct worker_file_report *f = &report->files[i];
		const struct reason *why = run_result_failure(report, f);

		if (why) {
			log_file_failure(user->name, &user->files[i], f, why);
			failed++;
			continue;
		}
		log_changes(run, user->name, &user->files[i], f, report->present[i],
		        report->removed[i]);
		log_findings(run, user->name, &user->files[i], f, report->present[i]);
	}
	return failed;
}

size_t run_log(const struct run_result *run)
{
	size_t failed = 0;

	for (size_t u = 0; u < run->desired->n_users; u++)
		failed += log_user(run, u);
	return failed;
}

/* Logs what the second pass changed; what the first one removed is not logged twice. */
static void log_rewrite(const char *user, const struct desired_file *file,
        const struct worker_file_report *f, const bool *present, const bool *removed)
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
		        "%s: %s: %s %zu entr%s again (%s%s), because the file was changed "
		        "meanwhile",
		        user, f->path, event == EVENT_FILE_WRITTEN ? "wrote" : "removed", n,
		        plural(n), hosts[0], n > 1 ? ", …" : "");
}

static size_t log_user_second_pass(
        const struct desired_user *user, const struct worker_user_report *report, bool *is_new)
{
	size_t failed = 0;

	*is_new |= report->rechecked;
	if (report->error < 0)
		return report->rechecked ? log_user_failure(user, report) : 0;
	for (size_t i = 0; i < user->n_files; i++) {
		const struct worker_file_report *f = &report->files[i];
		const struct reason *why = f->rechecked ? run_result_failure(report, f) : NULL;

		*is_new |= f->rechecked;
		failed += why != NULL;
		if (why)
			log_file_failure(user->name, &user->files[i], f, why);
		else if (f->rewritten)
			log_rewrite(user->name, &user->files[i], f, report->present[i],
			        report->removed[i]);
	}
	return failed;
}

size_t run_log_second_pass(const struct run_result *run, bool *ret_is_new)
{
	size_t failed = 0;

	*ret_is_new = false;
	for (size_t u = run->reports->n_finished; u < run->desired->n_users; u++)
		failed += log_user_second_pass(
		        &run->desired->users[u], &run->reports->users[u], ret_is_new);
	return failed;
}

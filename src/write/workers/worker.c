/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker process. After become() everything happens as the user, who controls the paths, the
 * files and the file systems they are on, and could do all of it by hand.
 */
#include "write/workers/worker.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/drop-privileges.h"
#include "config/paths.h"
#include "write/authfile/authfile-path.h"
#include "write/authfile/authfile.h"

static bool was_root; /* before it became the user */

static int find_user(const char *name, struct passwd **ret, struct reason *ret_reason)
{
	struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (!pw && errno != 0 && errno != ENOENT && errno != ESRCH)
		return reason_set(ret_reason, errno, "user-lookup",
		        "user %s: cannot be looked up: %s; do the sources in /etc/nsswitch.conf "
		        "answer?",
		        name, strerror(errno));
	if (!pw)
		return reason_set(ret_reason, ENOENT, "no-such-user",
		        "user %s does not exist; create the account, or remove [user %s] from the "
		        "ini",
		        name, name);
	*ret = pw;
	return 0;
}

static int become(const struct worker_job *job, struct passwd **ret, struct reason *ret_reason)
{
	const char *name = job->user->name;
	int r = find_user(name, ret, ret_reason);

	if (r < 0)
		return r;
	was_root = geteuid() == 0;
	r = job->task == WORKER_CHECK ? drop_privileges_without_groups(*ret)
	                              : drop_privileges(*ret);
	if (r < 0)
		return reason_set(ret_reason, -r, "become-user",
		        "user %s: cannot switch to this user: %s", name, strerror(-r));
	umask(077);
	signal(SIGIO, SIG_IGN); /* a broken lease must not end the worker */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	forbid_dumps();
	return 0;
}

/*
 * The host's service uses the password database. One user's own run uses $HOME, as that user's
 * clients do.
 */
static char *home_of(const struct passwd *pw)
{
	if (!was_root)
		return paths_home();
	return pw->pw_dir && pw->pw_dir[0] == '/' ? xstrdup(pw->pw_dir) : NULL;
}

/* Expands "~/x". The home directory must exist: it may not be mounted. */
static char *expand(const struct passwd *pw, const char *file, struct reason *ret_reason)
{
	_cleanup_(freep) char *home = home_of(pw);
	struct stat st;

	if (strncmp(file, "~/", 2) != 0)
		return xstrdup(file);
	if (!home) {
		reason_set(ret_reason, ENOENT, "no-home",
		        "user %s has no home directory; give the account one, or use absolute "
		        "paths in files =",
		        pw->pw_name);
		return NULL;
	}
	if (stat(home, &st) < 0) {
		reason_set(ret_reason, errno, "no-home",
		        "user %s: home directory %s: %s; create it, or mount it before the run",
		        pw->pw_name, home, strerror(errno));
		return NULL;
	}
	return xasprintf("%s/%s", home, file + 2);
}

static void copy_result(struct worker_file_report *report, const struct authfile_result *result,
        bool *present, bool *removed)
{
	if (result->path)
		snprintf(report->path, sizeof(report->path), "%s", result->path);
	report->written |= result->written;
	report->watchable = result->watchable;
	for (size_t i = 0; report->error == 0 && i < result->merged.n_entries; i++) {
		present[i] = result->merged.present[i];
		removed[i] |= result->merged.removed[i];
	}
	report->n_findings = 0;
	for (size_t i = 0; i < result->merged.n_findings && i < WORKER_MAX_FINDINGS; i++)
		report->findings[report->n_findings++] = result->merged.findings[i];
}

/* Returns the desired auth of a host in a configured file that resolves to this path, or NULL. */
static const struct secret *desired_auth_at(const struct desired_user *user,
        const struct authfile_result *results, const char *path, const char *host)
{
	for (size_t i = 0; i < user->n_files; i++) {
		const struct desired_file *f = &user->files[i];

		if (!f->is_configured || !results[i].path || strcmp(results[i].path, path) != 0)
			continue;
		for (size_t e = 0; e < f->n_entries; e++)
			if (f->entries[e].auth->size > 0 && strcmp(f->entries[e].host, host) == 0)
				return f->entries[e].auth;
	}
	return NULL;
}

/*
 * Returns the entries of a file. If it is no longer configured under this name, it may still be
 * under another: then what is desired there is desired here. Configured files come first. Owned.
 */
static struct desired_entry *entries_of(const struct desired_user *user,
        const struct authfile_result *results, const struct desired_file *file, const char *path)
{
	_cleanup_(authfile_path_done) struct authfile_path p = {.dir_fd = -1};
	struct desired_entry *entries = xcalloc(file->n_entries + 1, sizeof(*entries));

	for (size_t i = 0; i < file->n_entries; i++)
		entries[i] = file->entries[i];
	if (file->is_configured || authfile_path_open(path, true, &p, NULL) < 0)
		return entries;
	for (size_t i = 0; i < file->n_entries; i++) {
		const struct secret *auth = desired_auth_at(user, results, p.path, entries[i].host);

		if (auth)
			entries[i].auth = auth;
	}
	return entries;
}

static void update_file(const struct worker_job *job, size_t index, const struct passwd *pw,
        struct authfile_result *results)
{
	const struct desired_user *user = job->user;
	const struct desired_file *file = &user->files[index];
	struct authfile_result *result = &results[index];
	struct worker_file_report *report = &job->memory->user->files[index];
	bool *present = worker_memory_present(job->memory, user, index);
	bool *removed = worker_memory_removed(job->memory, user, index);
	bool dry_run = job->dry_run || job->task == WORKER_CHECK;
	_cleanup_(freep) char *path = expand(pw, file->file, &report->reason);
	_cleanup_(freep) struct desired_entry *entries =
	        path ? entries_of(user, results, file, path) : NULL;

	/* Named in messages even if it cannot be resolved. */
	snprintf(report->path, sizeof(report->path), "%s", path ? path : "");
	report->error = path ? authfile_update(path, entries, file->n_entries, dry_run, result,
	                               &report->reason)
	                     : -ENOENT;
	copy_result(report, result, present, removed);
	report->is_done = true;
}

/* Checks a file again. Until that is over it does not count as done: it may hang this time. */
static void update_again(const struct worker_job *job, size_t index, const struct passwd *pw,
        struct authfile_result *results)
{
	struct worker_file_report *report = &job->memory->user->files[index];

	report->is_done = false;
	report->rechecked = true;
	results[index].written = false;
	update_file(job, index, pw, results);
	report->rewritten = results[index].written;
}

/*
 * Reports whether a check without groups settles a file. Not if it failed: a group may open what is
 * shut. Nor if the file is another user's: a group may be denied what the world may read.
 */
static bool is_conclusive(const struct worker_file_report *report,
        const struct authfile_result *result, const struct passwd *pw)
{
	return report->error == 0 && !result->written &&
	       (result->seen.st_ino == 0 || result->seen.st_uid == pw->pw_uid);
}

/* Checks the files up to the first that needs a writing worker: the next may hang. */
static bool check_files(
        const struct worker_job *job, const struct passwd *pw, struct authfile_result *results)
{
	for (size_t i = 0; i < job->user->n_files; i++) {
		update_file(job, i, pw, results);
		if (!is_conclusive(&job->memory->user->files[i], &results[i], pw))
			return false;
	}
	return true;
}

/* Notifies the parent, then waits until the parent has nothing left to do. */
static void finish_first_pass(const struct worker_job *job)
{
	char c = 0;

	if (write(job->done_fd, &c, 1) < 0)
		return;
	while (read(job->go_fd, &c, 1) < 0 && errno == EINTR)
		;
}

static int run_check(const struct worker_job *job, struct authfile_result *results)
{
	struct worker_memory_user *report = job->memory->user;
	struct passwd *pw = NULL;

	if (become(job, &pw, &report->reason) < 0 || !check_files(job, pw, results))
		return EXIT_FAILURE;
	report->is_done = true;
	finish_first_pass(job);
	for (size_t i = 0; !job->dry_run && i < job->user->n_files; i++)
		if (authfile_has_changed(&results[i]))
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int run_update(const struct worker_job *job, struct authfile_result *results)
{
	struct worker_memory_user *report = job->memory->user;
	struct passwd *pw = NULL;

	report->error = become(job, &pw, &report->reason);
	for (size_t i = 0; report->error == 0 && i < job->user->n_files; i++)
		update_file(job, i, pw, results);
	report->is_done = true;
	finish_first_pass(job);
	for (size_t i = 0; report->error == 0 && !job->dry_run && i < job->user->n_files; i++)
		if (report->files[i].error == 0 && authfile_has_changed(&results[i]))
			update_again(job, i, pw, results);
	return EXIT_SUCCESS;
}

static int run_recheck(const struct worker_job *job, struct authfile_result *results)
{
	struct worker_memory_user *report = job->memory->user;
	struct passwd *pw = NULL;

	report->error = become(job, &pw, &report->reason);
	for (size_t i = 0; report->error == 0 && i < job->user->n_files; i++)
		update_again(job, i, pw, results);
	report->is_done = true;
	return EXIT_SUCCESS;
}

_Noreturn void worker_run(const struct worker_job *job)
{
	static int (*const tasks[])(const struct worker_job *, struct authfile_result *) = {
	        [WORKER_CHECK] = run_check,
	        [WORKER_UPDATE] = run_update,
	        [WORKER_RECHECK] = run_recheck,
	};

	_exit(tasks[job->task](job, xcalloc(job->user->n_files, sizeof(struct authfile_result))));
}

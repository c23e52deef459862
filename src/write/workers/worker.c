/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From here on everything happens as the user, who controls the paths, the files and the file
 * systems they are on, and could do all of it by hand.
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

static bool serves_others; /* we were root before we became the user */

static int find_user(const char *name, struct passwd **ret, struct reason *ret_reason)
{
	struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (!pw && errno != 0 && errno != ENOENT && errno != ESRCH)
		return reason_set(ret_reason, errno, "user-lookup",
		        "user %s: cannot be looked up: %s; does what /etc/nsswitch.conf names "
		        "answer?",
		        name, strerror(errno));
	if (!pw)
		return reason_set(ret_reason, ENOENT, "no-such-user",
		        "user %s does not exist; create the account, or take [user %s] out of the "
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
	serves_others = geteuid() == 0;
	r = job->task == WORKER_CHECK ? drop_privileges_without_groups(*ret)
	                              : drop_privileges(*ret);
	if (r < 0)
		return reason_set(ret_reason, -r, "become-user", "user %s: cannot become it: %s",
		        name, strerror(-r));
	umask(077);
	signal(SIGIO, SIG_IGN); /* a broken lease is not worth dying for */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	forbid_dumps();
	return 0;
}

/*
 * The host's service goes by the password database. One user's own run goes by $HOME, as that
 * user's clients do.
 */
static char *home_of(const struct passwd *pw)
{
	if (!serves_others)
		return paths_home();
	return pw->pw_dir && pw->pw_dir[0] == '/' ? xstrdup(pw->pw_dir) : NULL;
}

/* "~/x" is below the home directory, which has to be there: it may not be mounted. */
static char *expand(const struct passwd *pw, const char *file, struct reason *ret_reason)
{
	_cleanup_(freep) char *home = home_of(pw);
	struct stat st;

	if (strncmp(file, "~/", 2) != 0)
		return xstrdup(file);
	if (!home) {
		reason_set(ret_reason, ENOENT, "no-home",
		        "user %s has no home directory; give the account one, or name absolute "
		        "paths with files =",
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

static void report_outcome(struct worker_file_report *report, const struct authfile_outcome *o,
        bool *present, bool *removed)
{
	if (o->path)
		snprintf(report->path, sizeof(report->path), "%s", o->path);
	report->written |= o->written;
	report->watchable = o->watchable;
	for (size_t i = 0; report->error == 0 && i < o->merged.n_entries; i++) {
		present[i] = o->merged.present[i];
		removed[i] |= o->merged.removed[i];
	}
	report->n_findings = 0;
	for (size_t i = 0; i < o->merged.n_findings && i < REPORT_MAX_FINDINGS; i++)
		report->findings[report->n_findings++] = o->merged.findings[i];
}

/* The wanted auth of a host in one of the files that lead to this path; NULL where there is none.
 */
static const struct secret *wanted_at(const struct desired_user *user,
        const struct authfile_outcome *outcomes, const char *path, const char *host)
{
	for (size_t i = 0; i < user->n_files; i++) {
		const struct desired_file *f = &user->files[i];

		if (!f->is_configured || !outcomes[i].path || strcmp(outcomes[i].path, path) != 0)
			continue;
		for (size_t e = 0; e < f->n_entries; e++)
			if (f->entries[e].auth->size > 0 && strcmp(f->entries[e].host, host) == 0)
				return f->entries[e].auth;
	}
	return NULL;
}

/*
 * The entries of a file that is no longer configured under this name. It may still be by another:
 * then what is wanted there is wanted here. The configured files come first. Owned.
 */
static struct desired_entry *entries_of(const struct desired_user *user,
        const struct authfile_outcome *outcomes, const struct desired_file *file, const char *path)
{
	_cleanup_(authfile_path_done) struct authfile_path p = {.dir_fd = -1};
	struct desired_entry *entries = xcalloc(file->n_entries + 1, sizeof(*entries));

	for (size_t i = 0; i < file->n_entries; i++)
		entries[i] = file->entries[i];
	if (file->is_configured || authfile_path_open(path, true, &p, NULL) < 0)
		return entries;
	for (size_t i = 0; i < file->n_entries; i++) {
		const struct secret *auth = wanted_at(user, outcomes, p.path, entries[i].host);

		if (auth)
			entries[i].auth = auth;
	}
	return entries;
}

static void update_file(const struct worker_job *job, size_t index, const struct passwd *pw,
        struct authfile_outcome *outcomes)
{
	const struct desired_user *user = job->user;
	const struct desired_file *file = &user->files[index];
	struct authfile_outcome *o = &outcomes[index];
	struct worker_file_report *report = &job->share->user->files[index];
	bool *present = worker_memory_present(job->share, user, index);
	bool *removed = worker_memory_removed(job->share, user, index);
	bool dry_run = job->dry_run || job->task == WORKER_CHECK;
	_cleanup_(freep) char *path = expand(pw, file->file, &report->reason);
	_cleanup_(freep) struct desired_entry *entries =
	        path ? entries_of(user, outcomes, file, path) : NULL;

	/* Named in messages even where it turns out to lead nowhere. */
	snprintf(report->path, sizeof(report->path), "%s", path ? path : "");
	report->error =
	        path ? authfile_update(path, entries, file->n_entries, dry_run, o, &report->reason)
	             : -ENOENT;
	report_outcome(report, o, present, removed);
	report->is_done = true;
}

/* Not done until it is done again: it may hang this time. */
static void update_again(const struct worker_job *job, size_t index, const struct passwd *pw,
        struct authfile_outcome *outcomes)
{
	struct worker_file_report *report = &job->share->user->files[index];

	report->is_done = false;
	report->looked_again = true;
	outcomes[index].written = false;
	update_file(job, index, pw, outcomes);
	report->rewritten = outcomes[index].written;
}

/*
 * Whether a look without groups is the last word on a file. Not where it failed: a group may open
 * what is shut. Nor where the file is another's: a group may be denied what the world may read.
 */
static bool is_settled(const struct worker_file_report *report, const struct authfile_outcome *o,
        const struct passwd *pw)
{
	return report->error == 0 && !o->written &&
	       (o->seen.st_ino == 0 || o->seen.st_uid == pw->pw_uid);
}

/* No further than to the first file there is something to do about: the next may hang. */
static bool look(
        const struct worker_job *job, const struct passwd *pw, struct authfile_outcome *outcomes)
{
	for (size_t i = 0; i < job->user->n_files; i++) {
		update_file(job, i, pw, outcomes);
		if (!is_settled(&job->share->user->files[i], &outcomes[i], pw))
			return false;
	}
	return true;
}

/* Tells the parent and waits until it has nothing left to do. */
static void wait_for_go(const struct worker_job *job)
{
	char c = 0;

	if (write(job->done_fd, &c, 1) < 0)
		return;
	while (read(job->go_fd, &c, 1) < 0 && errno == EINTR)
		;
}

static int do_look(const struct worker_job *job, struct authfile_outcome *outcomes)
{
	struct worker_memory_user *report = job->share->user;
	struct passwd *pw = NULL;

	if (become(job, &pw, &report->reason) < 0 || !look(job, pw, outcomes))
		return EXIT_FAILURE;
	report->is_done = true;
	wait_for_go(job);
	for (size_t i = 0; !job->dry_run && i < job->user->n_files; i++)
		if (authfile_has_changed(&outcomes[i]))
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int do_write(const struct worker_job *job, struct authfile_outcome *outcomes)
{
	struct worker_memory_user *report = job->share->user;
	struct passwd *pw = NULL;

	report->error = become(job, &pw, &report->reason);
	for (size_t i = 0; report->error == 0 && i < job->user->n_files; i++)
		update_file(job, i, pw, outcomes);
	report->is_done = true;
	wait_for_go(job);
	for (size_t i = 0; report->error == 0 && !job->dry_run && i < job->user->n_files; i++)
		if (report->files[i].error == 0 && authfile_has_changed(&outcomes[i]))
			update_again(job, i, pw, outcomes);
	return EXIT_SUCCESS;
}

static int do_write_again(const struct worker_job *job, struct authfile_outcome *outcomes)
{
	struct worker_memory_user *report = job->share->user;
	struct passwd *pw = NULL;

	report->error = become(job, &pw, &report->reason);
	for (size_t i = 0; report->error == 0 && i < job->user->n_files; i++)
		update_again(job, i, pw, outcomes);
	report->is_done = true;
	return EXIT_SUCCESS;
}

_Noreturn void child_run(const struct worker_job *job)
{
	static int (*const tasks[])(const struct worker_job *, struct authfile_outcome *) = {
	        [WORKER_CHECK] = do_look,
	        [WORKER_UPDATE] = do_write,
	        [WORKER_RECHECK] = do_write_again,
	};

	_exit(tasks[job->task](job, xcalloc(job->user->n_files, sizeof(struct authfile_outcome))));
}

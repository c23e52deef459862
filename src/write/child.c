/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From here on everything happens as the user, who controls the paths, the files and the file
 * systems they are on, and could do all of it by hand.
 */
#include "child.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "../common/alloc.h"
#include "../common/become.h"
#include "../common/paths.h"
#include "target-path.h"
#include "target.h"

static bool serves_others; /* we were root before we became the user */

static int find_user(const char *name, struct passwd **ret, struct reason *ret_reason)
{
	struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (!pw && errno != 0 && errno != ENOENT && errno != ESRCH)
		return reason_set(ret_reason, errno, "user-lookup",
		        "user %s: cannot be looked up: %s", name, strerror(errno));
	if (!pw)
		return reason_set(ret_reason, ENOENT, "no-such-user",
		        "user %s does not exist; create the account, or take [user %s] out of the "
		        "ini",
		        name, name);
	*ret = pw;
	return 0;
}

static int become(const char *name, struct passwd **ret, struct reason *ret_reason)
{
	int r = find_user(name, ret, ret_reason);

	if (r < 0)
		return r;
	serves_others = geteuid() == 0;
	r = become_user(*ret);
	if (r < 0)
		return reason_set(ret_reason, -r, "become-user", "user %s: cannot become it: %s",
		        name, strerror(-r));
	umask(077);
	signal(SIGIO, SIG_IGN); /* a broken lease is not worth dying for */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	become_undumpable();
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
		reason_set(ret_reason, ENOENT, "no-home", "user %s has no home directory",
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

static void report_outcome(
        struct file_report *report, const struct target_outcome *o, bool *present, bool *removed)
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
static const struct secret *wanted_at(const struct work_user *user,
        const struct target_outcome *outcomes, const char *path, const char *host)
{
	for (size_t i = 0; i < user->n_files; i++) {
		const struct work_file *f = &user->files[i];

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
static struct merge_entry *entries_of(const struct work_user *user,
        const struct target_outcome *outcomes, const struct work_file *file, const char *path)
{
	_cleanup_(target_path_done) struct target_path p = {.dir_fd = -1};
	struct merge_entry *entries = xcalloc(file->n_entries + 1, sizeof(*entries));

	for (size_t i = 0; i < file->n_entries; i++)
		entries[i] = file->entries[i];
	if (file->is_configured || target_path_open(path, true, &p, NULL) < 0)
		return entries;
	for (size_t i = 0; i < file->n_entries; i++) {
		const struct secret *auth = wanted_at(user, outcomes, p.path, entries[i].host);

		if (auth)
			entries[i].auth = auth;
	}
	return entries;
}

static void update_file(const struct work_user *user, size_t index, const struct passwd *pw,
        bool dry_run, struct target_outcome *outcomes, const struct share *share)
{
	const struct work_file *file = &user->files[index];
	struct target_outcome *o = &outcomes[index];
	struct file_report *report = &share->user->files[index];
	bool *present = share_present(share, user, index);
	bool *removed = share_removed(share, user, index);
	_cleanup_(freep) char *path = expand(pw, file->file, &report->reason);
	_cleanup_(freep) struct merge_entry *entries =
	        path ? entries_of(user, outcomes, file, path) : NULL;

	/* Named in messages even where it turns out to lead nowhere. */
	snprintf(report->path, sizeof(report->path), "%s", path ? path : "");
	report->error =
	        path ? target_update(path, entries, file->n_entries, dry_run, o, &report->reason)
	             : -ENOENT;
	report_outcome(report, o, present, removed);
	report->is_done = true;
}

/* Tells the parent and waits until it has nothing left to do. */
static void wait_for_go(int done_fd, int go_fd)
{
	char c = 0;

	if (write(done_fd, &c, 1) < 0)
		return;
	while (read(go_fd, &c, 1) < 0 && errno == EINTR)
		;
}

/* Not done until it is done again: it may hang this time. */
static void update_again(const struct work_user *user, size_t index, const struct passwd *pw,
        struct target_outcome *outcomes, const struct share *share)
{
	struct file_report *report = &share->user->files[index];

	report->is_done = false;
	report->looked_again = true;
	outcomes[index].written = false;
	update_file(user, index, pw, false, outcomes, share);
	report->rewritten = outcomes[index].written;
}

_Noreturn void child_run(const struct work_user *user, bool dry_run, const struct share *share,
        int done_fd, int go_fd)
{
	struct target_outcome *outcomes = xcalloc(user->n_files, sizeof(*outcomes));
	struct shared_user *report = share->user;
	struct passwd *pw = NULL;

	report->error = become(user->name, &pw, &report->reason);
	for (size_t i = 0; report->error == 0 && i < user->n_files; i++)
		update_file(user, i, pw, dry_run, outcomes, share);
	report->is_done = true;
	wait_for_go(done_fd, go_fd);
	for (size_t i = 0; report->error == 0 && !dry_run && i < user->n_files; i++)
		if (report->files[i].error == 0 && target_has_changed(&outcomes[i]))
			update_again(user, i, pw, outcomes, share);
	_exit(EXIT_SUCCESS);
}

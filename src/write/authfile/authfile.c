/* SPDX-License-Identifier: Apache-2.0 */
/* Brings one file up to date, again and again while other programs save it. */
#include "write/authfile/authfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "write/authfile/authfile-reason.h"
#include "write/authfile/authfile-replace.h"
#include "write/merge/merge.h"

#define MAX_ATTEMPTS 100
#define ATTEMPT_PAUSE_NSEC 10000000

/* Returns 1 if the file was changed, 0 if it is as desired, -EAGAIN to try again. */
static int update_once(const struct authfile_path *p, const struct desired_entry *entries,
        size_t n_entries, bool dry_run, struct authfile_result *result, struct reason *ret_reason)
{
	_cleanup_(authfile_content_done) struct authfile_content old = {.fd = -1};
	int r = p->dir_fd < 0 ? 0 : authfile_content_read(p->dir_fd, p->name, &old);

	if (r < 0)
		return authfile_set_reason(p->path, -r, ret_reason);
	merge_result_done(&result->merged);
	r = merge(secret_string(&old.text), old.text.size, entries, n_entries, &result->merged,
	        ret_reason);
	if (r < 0)
		return reason_prefix(ret_reason, r, "%s: ", p->path);
	result->seen = old.st;
	if (!result->merged.changed)
		return 0;
	if (dry_run)
		return 1;
	r = authfile_replace(p, &old, &result->merged.text, &result->seen, ret_reason);
	if (r < 0)
		return r;
	r = file_sync_directory(p->dir_fd);
	return r < 0 ? authfile_set_reason(p->path, -r, ret_reason) : 1;
}

static bool any_auth(const struct desired_entry *entries, size_t n_entries)
{
	for (size_t i = 0; i < n_entries; i++)
		if (entries[i].auth->size > 0)
			return true;
	return false;
}

static int update(const struct authfile_path *p, const struct desired_entry *entries,
        size_t n_entries, bool dry_run, struct authfile_result *result, struct reason *ret_reason)
{
	const struct timespec pause = {.tv_nsec = ATTEMPT_PAUSE_NSEC};

	if (!*p->name || strcmp(p->name, ".") == 0 || strcmp(p->name, "..") == 0)
		return authfile_set_reason(p->path, EISDIR, ret_reason);
	for (unsigned i = 0; i < MAX_ATTEMPTS; i++) {
		int r = update_once(p, entries, n_entries, dry_run, result, ret_reason);

		if (r != -EAGAIN) {
			result->written |= r > 0;
			return r < 0 ? r : 0;
		}
		nanosleep(&pause, NULL);
	}
	return authfile_set_reason(p->path, EAGAIN, ret_reason);
}

int authfile_update(const char *path, const struct desired_entry *entries, size_t n_entries,
        bool dry_run, struct authfile_result *ret, struct reason *ret_reason)
{
	_cleanup_(authfile_path_done) struct authfile_path p = {.dir_fd = -1};
	/* A directory is made only if something will be written into it. */
	bool make_directory = !dry_run && any_auth(entries, n_entries);
	int r = authfile_path_open(path, !make_directory, &p, ret_reason);

	if (r < 0)
		return r;
	free(ret->path);
	ret->path = xstrdup(p.path);
	ret->watchable = authfile_path_is_local(&p);
	r = update(&p, entries, n_entries, dry_run, ret, ret_reason);
	if (r == 0 && ret->written && !dry_run)
		file_sweep(p.dir_fd, p.name, FILE_NAMES_MARKED);
	return r;
}

bool authfile_has_changed(const struct authfile_result *result)
{
	struct stat now = {};

	if (!result->path)
		return false;
	if (stat(result->path, &now) < 0)
		now.st_ino = 0;
	return !authfile_same_state(&now, &result->seen);
}

void authfile_result_done(struct authfile_result *result)
{
	free(result->path);
	merge_result_done(&result->merged);
	*result = (struct authfile_result){};
}

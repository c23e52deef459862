/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One config.json on disk, brought up to date as the user it belongs to. Other programs save the
 * same file without any lock; none of their updates is ever lost:
 *
 *   read, merge, write a temporary file, fsync, swap the two names with RENAME_EXCHANGE, and read
 * what came out. If that is not, to the byte, what was merged, or another process has it open for
 * writing, swap back and start again.
 *
 * If the file system has no exchange, the file is compared once more right before the rename. If
 * the file itself is a mount point (a bind-mounted config.json), it is written in place.
 *
 * The user controls the path and the file, and can change either at any moment.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "base/reason.h"
#include "write/merge/desired-entry.h"
#include "write/merge/merge-result.h"

struct authfile_result {
	char *path;       /* the file itself, symlinks followed; NULL if they cannot be */
	bool written;     /* the file was changed (in a dry run: would be) */
	bool watchable;   /* on a local file system, so inotify reports changes */
	struct stat seen; /* as we left the file, to notice later changes; st_ino 0: absent */
	struct merge_result merged;
};

/*
 * Brings path (absolute) up to date. Must run as the user. Returns 0, or a negative errno with a
 * reason that begins with the path; ret->path is then also set if it is known.
 */
int authfile_update(const char *path, const struct desired_entry *entries, size_t n_entries,
        bool dry_run, struct authfile_result *ret, struct reason *ret_reason);

/* Reports whether the file has changed since authfile_update() left it. */
bool authfile_has_changed(const struct authfile_result *result);

void authfile_result_done(struct authfile_result *result);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A path with its symlinks resolved: the directory to work in and the name in it. The user controls
 * the path and everything on it.
 */

#include <stdbool.h>

#include "base/reason.h"

struct authfile_path {
	int dir_fd; /* -1 in a dry run if the directory does not exist */
	char *path; /* absolute, no symlinks */
	char *name; /* its last component */
};

/*
 * Follows symlinks as the calling user could, also a dangling one, and makes missing directories
 * (0700) unless dry_run. Returns 0 or a negative errno with a reason.
 */
int authfile_path_open(
        const char *path, bool dry_run, struct authfile_path *ret, struct reason *ret_reason);

/* Reports whether inotify works for files in this directory and opening it cannot hang. */
bool authfile_path_is_local(const struct authfile_path *p);

void authfile_path_done(struct authfile_path *p);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a path really leads: the directory to work in and the name in it. */

#include <stdbool.h>

#include "base/reason.h"

struct authfile_path {
	int dir_fd; /* -1 in a dry run where the directory does not exist */
	char *path; /* absolute, no symlinks */
	char *name; /* its last component */
};

/*
 * Follows symlinks as the calling user could, a dangling one too, and makes missing directories
 * (0700) unless dry_run. Returns 0 or a negative errno with a reason.
 */
int authfile_path_open(
        const char *path, bool dry_run, struct authfile_path *ret, struct reason *ret_reason);

/* Whether inotify works for files in this directory and opening it cannot hang. */
bool authfile_path_is_local(const struct authfile_path *p);

void authfile_path_done(struct authfile_path *p);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may read a file, copied to its replacement: owner, group, mode and access list (acl(5)). No
 * account gains access, and none loses it unless the file system cannot keep it.
 *
 * Everything is an access list here; a mode is one of three entries.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct authfile_access {
	uid_t uid;
	gid_t gid;
	struct access_list *list; /* owned */
	size_t n_entries;
};

/*
 * Reads it from an open file with the status st. Returns 0; -EAGAIN if it is being changed; or
 * another negative errno. If the access list exists but may not be read, only the owner counts as
 * having access.
 */
int authfile_access_read(int fd, const struct stat *st, struct authfile_access *ret);

/* Reports whether mode and access list are the same. */
bool authfile_access_equal(const struct authfile_access *a, const struct authfile_access *b);

/*
 * Applies it to a new file of the caller, which no other account may read yet. What the file system
 * or the kernel refuses, such as a group that the user is not in, is left out so that no account
 * gets more than it had. Returns 0; 1 if the caller may not give the file its group, and that group
 * could read more or less than others; or a negative errno, with the file still private.
 */
int authfile_access_give(int fd, const struct authfile_access *a);

void authfile_access_done(struct authfile_access *a);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may read a file, carried over to its successor: owner, group, mode and access list, as acl(5)
 * describes them. No account gains access by that, and none loses it if the file system can help.
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
 * Reads it from an open file; st is the file's. Returns 0; -EAGAIN if it is being changed; or
 * another negative errno. If the access list exists and may not be read, no account but the
 * owner counts as having access.
 */
int authfile_access_read(int fd, const struct stat *st, struct authfile_access *ret);

/* Whether mode and access list are the same. */
bool authfile_access_equal(const struct authfile_access *a, const struct authfile_access *b);

/*
 * Gives it to a new file of the caller's, which no other account may read yet. What the file system
 * or the kernel refuses, as a group that the user is not in, is left out so that no account gets
 * more than it had. Returns 0; 1 if the caller may not give it the group, and the group had more or
 * less to read than the others; or a negative errno, and the file is as closed as it was then.
 */
int authfile_access_give(int fd, const struct authfile_access *a);

void authfile_access_done(struct authfile_access *a);

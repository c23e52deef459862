/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Single files that are mounted into containers: a bind mount goes by the inode, so that after the
 * next save, which replaces the file, the container still sees the old one.
 */

#include <stdbool.h>
#include <stddef.h>

/* A file as mountinfo(5) tells of it: its file system, and where it is in there. */
struct mounted_file {
	char device[32]; /* "254:1" */
	char *path;      /* from the file system's own root; owned */
};

/*
 * Pure: where path (absolute, no symlinks) is, by this text of /proc/PID/mountinfo. Returns 0, or
 * -ENOENT where no line has it.
 */
int mounted_file_find(const char *mountinfo, const char *path, struct mounted_file *ret);

/*
 * Pure: the point where exactly this file, or the one it has replaced, is mounted. Returns NULL or
 * an owned path.
 */
char *mounted_file_point(const char *mountinfo, const struct mounted_file *file);

void mounted_file_done(struct mounted_file *f);

/* A process of another mount namespace that sees such a mount. */
struct mount_user {
	int pid;
	char name[32]; /* printable */
	char *point;   /* in its own namespace; printable, owned */
};

/*
 * Looks through /proc, as far as we may look: the first process of each namespace that has one of
 * the paths mounted as a single file. The processes' owners control what is found. ret_users has an
 * element for each path; pid 0 where there is none.
 */
void mounts_find(char *const *paths, size_t n_paths, struct mount_user *ret_users);

void mount_users_done(struct mount_user *users, size_t n);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Single files that are mounted into containers. A bind mount follows the inode, so after the next
 * save, which replaces the file, the container still sees the old one.
 */

#include <stdbool.h>
#include <stddef.h>

/* A file as /proc/PID/mountinfo (proc(5)) describes it: file system, and path in it. */
struct mounted_file {
	char device[32]; /* "254:1" */
	char *path;      /* from the file system's own root; owned */
};

/*
 * Finds the file system of a path (absolute, no symlinks) in the text of a mountinfo. Pure. Returns
 * 0, or -ENOENT if no line matches.
 */
int mounted_file_find(const char *mountinfo, const char *path, struct mounted_file *ret);

/*
 * Returns where exactly this file, or one that it replaced, is mounted: owned, or NULL. Pure.
 */
char *mounted_file_point(const char *mountinfo, const struct mounted_file *file);

void mounted_file_done(struct mounted_file *f);

/* A process of another mount namespace that has such a mount. */
struct mount_user {
	int pid;
	char name[32]; /* printable */
	char *point;   /* in its own namespace; printable, owned */
};

/*
 * Searches /proc, as far as permissions allow, for the first process of a namespace that has a path
 * mounted as a single file. The owners of the processes control what is found. ret_users has an
 * element for each path; pid is 0 if no process has it.
 */
void mounts_find(char *const *paths, size_t n_paths, struct mount_user *ret_users);

void mount_users_done(struct mount_user *users, size_t n);

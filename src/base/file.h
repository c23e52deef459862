/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Small whole files of our own: bounded reading, atomic writing. */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"

/*
 * Appends a regular file's contents to ret. Does not block on a FIFO or a device and refuses
 * anything that is not a regular file. Returns 0, or a negative errno: -EFBIG over limit, -EISDIR
 * or -EINVAL where it is no regular file.
 */
int file_read(int dir_fd, const char *path, size_t limit, struct secret *ret);
int file_read_fd(int fd, size_t limit, struct secret *ret);

/* Writes all of it, through short writes and signals. Returns 0 or a negative errno. */
int file_write_all(int fd, const void *data, size_t size);

/*
 * Replaces dir_fd/name: temporary file, fsync, rename, fsync of the directory; then removes what a
 * crash left behind of earlier attempts. Returns 0 or a negative errno; on failure the old file is
 * as it was.
 */
int file_replace(int dir_fd, const char *name, const void *data, size_t size, unsigned mode);

/* Does the same without fsync: for what is out of date after a crash anyway. */
int file_replace_unsynced(
        int dir_fd, const char *name, const void *data, size_t size, unsigned mode);

/*
 * A new file beside the one that it will replace. Its name is ".NAME.ecr-refresher." and a random
 * number. Starts as {.fd = -1}.
 */
struct file_temporary {
	int dir_fd; /* borrowed */
	char *name; /* owned; NULL after the rename */
	int fd;     /* open for writing */
};

/* Creates the temporary file for dir_fd/name. Returns 0 or a negative errno. */
int file_temporary_open(int dir_fd, const char *name, unsigned mode, struct file_temporary *ret);

/* Gives it its place: renames it to name, over what is there. Returns 0 or a negative errno. */
int file_temporary_rename(struct file_temporary *t, const char *name);

/* Closes it, and removes it if it was not renamed. */
void file_temporary_done(struct file_temporary *t);

/* Reports whether a file of this name was made to replace name. */
bool file_is_temporary(const char *entry, const char *name);

/*
 * Which names count as ours. Those of earlier versions may also be another program's, unless it is
 * our own file.
 */
enum file_names {
	FILE_NAMES_MARKED,  /* ".NAME.ecr-refresher.RANDOM" */
	FILE_NAMES_EARLIER, /* also ".NAME.PID" and ".NAME.new" */
};

/*
 * Reports whether dir_fd/entry is a temporary file for name that a crash left behind: a regular
 * file of ours, more than an hour old.
 */
bool file_is_leftover(
        int dir_fd, const char *entry, const char *name, enum file_names names, int64_t now);

/* Removes those of a directory; of a very large one, of its first entries. */
void file_sweep(int dir_fd, const char *name, enum file_names names);

/*
 * Takes the exclusive flock(2) of an open file or directory; its close() gives it back. Returns 0,
 * -ETIMEDOUT if another process holds it until the deadline (monotonic_now()), or another negative
 * errno.
 */
int file_lock(int fd, uint64_t deadline);

/* What was done in a directory survives a crash then, as far as its file system knows how. */
int file_sync_directory(int dir_fd);

/* What is in a directory, for readdir(); NULL where it cannot be read, with errno. */
DIR *file_list(int dir_fd);
void closedirp(DIR **dir);

/* Makes a directory and its parents, as far as they are missing, 0700. Returns 0 or -errno. */
int file_make_directories(const char *dir);

/*
 * Reads a file in dir; root opens it as the owner of dir.
 * Errors as file_read().
 */
int file_read_as_owner(const char *dir, const char *name, size_t limit, struct secret *ret);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Small files as a whole: bounded reading, and atomic replacement. */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"

/*
 * Appends a regular file's contents to ret. Does not block on a FIFO or a device. Returns 0 or a
 * negative errno: -EFBIG over limit, -EISDIR or -EINVAL if it is not a regular file.
 */
int file_read(int dir_fd, const char *path, size_t limit, struct secret *ret);
int file_read_fd(int fd, size_t limit, struct secret *ret);

/* Writes everything, despite short writes and signals. Returns 0 or a negative errno. */
int file_write_all(int fd, const void *data, size_t size);

/*
 * Replaces dir_fd/name: temporary file, fsync, rename, fsync of the directory; then removes what
 * crashed attempts left behind. Returns 0 or a negative errno; the old file is then
 * unchanged, unless only the sync of the directory failed.
 */
int file_replace(int dir_fd, const char *name, const void *data, size_t size, unsigned mode);

/*
 * Does the same to a file that another program also writes: what looks like a leftover of an
 * earlier version may be that program's, and stays.
 */
int file_replace_foreign(
        int dir_fd, const char *name, const void *data, size_t size, unsigned mode);

/* Does as file_replace() without fsync: for what is out of date after a crash anyway. */
int file_replace_unsynced(
        int dir_fd, const char *name, const void *data, size_t size, unsigned mode);

/*
 * A new file in the directory of the one that it will replace. Its name is ".NAME.ecr-refresher."
 * and a random number. Starts as {.fd = -1}.
 */
struct file_temporary {
	int dir_fd; /* borrowed */
	char *name; /* owned; NULL after the rename */
	int fd;     /* open for writing */
};

/* Creates the temporary file for dir_fd/name. Returns 0 or a negative errno. */
int file_temporary_open(int dir_fd, const char *name, unsigned mode, struct file_temporary *ret);

/* Renames it to name, replacing what is there. Returns 0 or a negative errno. */
int file_temporary_rename(struct file_temporary *t, const char *name);

/* Closes it, and removes it if it was not renamed. */
void file_temporary_done(struct file_temporary *t);

/* Reports whether a file of this name was made to replace name. */
bool file_is_temporary(const char *entry, const char *name);

/*
 * Which names are taken for ours. Those of earlier versions may also be another program's temporary
 * files, unless only we write the file.
 */
enum file_names {
	FILE_NAMES_MARKED,  /* ".NAME.ecr-refresher.RANDOM" */
	FILE_NAMES_EARLIER, /* also ".NAME.PID" and ".NAME.new" */
};

/*
 * Reports whether dir_fd/entry is a temporary file for name that a crash left behind: a regular
 * file of our user, more than an hour old.
 */
bool file_is_leftover(
        int dir_fd, const char *entry, const char *name, enum file_names names, int64_t now);

/*
 * Removes such files from a directory; of a very large one, only its first 10,000 entries are read.
 */
void file_sweep(int dir_fd, const char *name, enum file_names names);

/*
 * Takes the exclusive flock(2) of an open file or directory, which close() releases. Returns 0,
 * -ETIMEDOUT if another process holds it until the deadline (monotonic_now()), or another negative
 * errno.
 */
int file_lock(int fd, uint64_t deadline);

/*
 * Makes changes in a directory survive a crash, as far as its file system supports that. Returns 0
 * or a negative errno.
 */
int file_sync_directory(int dir_fd);

/* Opens a directory for readdir(). Returns NULL with errno if it cannot be read. */
DIR *file_list(int dir_fd);
void closedirp(DIR **dir);

/* Makes a directory and its missing parents, with mode 0700. Returns 0 or a negative errno. */
int file_make_directories(const char *dir);

/*
 * Reads a file in dir, as root with the permissions of the directory's owner. Returns as
 * file_read() does.
 */
int file_read_as_owner(const char *dir, const char *name, size_t limit, struct secret *ret);

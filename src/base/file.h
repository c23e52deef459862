/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Small whole files of our own: bounded reading, atomic writing. */

#include <dirent.h>

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
 * Replaces dir_fd/name: temporary file, fsync, rename, fsync of the directory.
 * Returns 0 or a negative errno; on failure the old file is as it was.
 */
int file_replace(int dir_fd, const char *name, const void *data, size_t size, unsigned mode);

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

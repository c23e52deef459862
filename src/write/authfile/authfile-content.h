/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A file as it was read: its text, and who may read it. The user controls the directory and
 * everything in it, and can change it at any moment.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "write/authfile/authfile-access.h"

#define AUTHFILE_MAX_SIZE (4 * 1024 * 1024)

/* Starts as {.fd = -1}. */
struct authfile_content {
	bool exists;
	int fd; /* open for authfile_content_read_access() */
	struct stat st;
	struct authfile_access access;
	struct secret text;
};

/*
 * Reads without following a symlink and without waiting for a FIFO. Returns 0, also if there is no
 * such file, or a negative errno as file_read() does.
 */
int authfile_content_read(int dir_fd, const char *name, struct authfile_content *ret);

/*
 * Reads who may read the file, and closes it: an extra system call, needed only before a write.
 * Returns as authfile_access_read() does.
 */
int authfile_content_read_access(struct authfile_content *c);

/* Reports whether nothing differs, mode, owner and access list included. */
bool authfile_content_equal(const struct authfile_content *a, const struct authfile_content *b);

/* Reports whether it is the same file and, as far as the file system shows, in the same state. */
bool authfile_same_state(const struct stat *a, const struct stat *b);

void authfile_content_done(struct authfile_content *c);

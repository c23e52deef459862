/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a file's new text takes the place of the old one, as authfile.h tells. The user controls the
 * directory and everything in it, and can change it at any moment.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "write/authfile/authfile-access.h"
#include "write/authfile/authfile-path.h"

/* Temporary files are called ".NAME", this, and a random number. */
#define TARGET_TEMPORARY_INFIX ".ecr-refresher."

/* What is in a file. Starts as {.fd = -1}. */
struct authfile_content {
	bool exists;
	int fd; /* open for authfile_replace() to find out who may read it */
	struct stat st;
	struct authfile_access access;
	struct secret text;
};

/*
 * Reads without following a symlink and without waiting for a FIFO. Returns 0, also where there is
 * no such file, or a negative errno as file_read() does.
 */
int authfile_read(int dir_fd, const char *name, struct authfile_content *ret);

/*
 * Puts the new text where the old one was read, for the same readers. Returns 0, and in ret_st the
 * file as we left it, whatever became of it since; -EAGAIN if another program saved meanwhile and
 * everything is as it left it; or another negative errno with a reason that begins with the path.
 */
int authfile_replace(const struct authfile_path *p, struct authfile_content *old,
        const struct secret *text, struct stat *ret_st, struct reason *ret_reason);

/* Whether it is the same file and, by all the file system tells, in the same state. */
bool authfile_same_state(const struct stat *a, const struct stat *b);

void authfile_content_done(struct authfile_content *c);

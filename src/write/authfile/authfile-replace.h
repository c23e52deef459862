/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a file's new text takes the place of the old one, as authfile.h tells. The user controls the
 * directory and everything in it, and can change it at any moment.
 */

#include <sys/stat.h>

#include "base/secret.h"
#include "write/authfile/authfile-content.h"
#include "write/authfile/authfile-path.h"

/* Temporary files are called ".NAME", this, and a random number. */
#define AUTHFILE_TEMPORARY_INFIX ".ecr-refresher."

/*
 * Puts the new text where the old one was read, for the same readers. Returns 0, and in ret_st the
 * file as we left it, whatever became of it since; -EAGAIN if another program saved meanwhile and
 * everything is as it left it; or another negative errno with a reason that begins with the path.
 */
int authfile_replace(const struct authfile_path *p, struct authfile_content *old,
        const struct secret *text, struct stat *ret_st, struct reason *ret_reason);

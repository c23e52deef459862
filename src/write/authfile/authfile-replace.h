/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Replaces a file's text, as authfile.h describes. The user controls the directory and everything
 * in it, and can change it at any moment.
 */

#include <sys/stat.h>

#include "base/secret.h"
#include "write/authfile/authfile-content.h"
#include "write/authfile/authfile-path.h"

/*
 * Replaces the text that was read by the new one, for the same readers. Returns 0 and the status of
 * the file as we left it, even if it has changed since; -EAGAIN if another program saved meanwhile,
 * and its update is kept; or another negative errno with a reason that begins with the path.
 */
int authfile_replace(const struct authfile_path *p, struct authfile_content *old,
        const struct secret *text, struct stat *ret_st, struct reason *ret_reason);

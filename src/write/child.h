/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a child does. */

#include "share.h"

/*
 * Becomes the user and brings its files up to date; then writes a byte to done_fd, waits until
 * go_fd is closed, looks at the files once more, and exits.
 */
_Noreturn void child_run(const struct work_user *user, bool dry_run, const struct share *share,
        int done_fd, int go_fd);

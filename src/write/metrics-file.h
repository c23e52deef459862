/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The file that metrics_file= names, replaced as a whole. It is made in a child, so that a
 * directory on a dead file system holds nobody up; root's child becomes the owner of the directory,
 * or the first on the way there who is not root (node_exporter's belongs to prometheus).
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/*
 * path is absolute. The child keeps everything that is in the caller's memory until it has exited:
 * secrets should be gone. It gives up the lock, which is the caller's alone. Returns 0, or a
 * negative errno with a reason.
 */
int metrics_file_write(const char *path, const struct secret *text, uint64_t timeout_usec, int lock,
        struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The file that metrics_file= names, replaced as a whole. A child process writes it, so that a
 * directory on a dead file system delays nothing else; root's child becomes the owner of the
 * directory, or the first owner on the path who is not root (node_exporter's is prometheus').
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/*
 * path is absolute. The child has a copy of the caller's memory until it exits, so the caller
 * should have wiped its secrets. The child closes the lock. Returns 0, or a negative errno with a
 * reason.
 */
int metrics_file_write(const char *path, const struct secret *text, uint64_t timeout_usec, int lock,
        struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The standard input of a plugin, until its caller closes it. */

#include <stdint.h>

#include "base/secret.h"

/*
 * Appends all of it to ret, which is untouched on failure. Returns 0, or a negative errno: -EFBIG
 * over limit, -ETIMEDOUT at the deadline (monotonic_now()), -EBADF if standard input is closed.
 */
int read_input(int fd, size_t limit, uint64_t deadline, struct secret *ret);

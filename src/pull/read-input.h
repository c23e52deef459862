/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the caller of a plugin sends on its standard input, until it closes that. */

#include <stdint.h>

#include "base/secret.h"

/*
 * Appends all of it to ret, which is untouched on failure. Returns 0, or a negative errno: -EFBIG
 * over limit, -ETIMEDOUT at the deadline (monotonic_now()), -EBADF where there is no input.
 */
int read_input(int fd, size_t limit, uint64_t deadline, struct secret *ret);

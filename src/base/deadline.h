/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Waiting until a deadline, which is a point in time of monotonic_now(). */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Waits until a descriptor is ready; signals do not end the wait. Returns how many are ready, 0
 * once the deadline has passed, even if one is ready, or a negative errno.
 */
int deadline_poll(struct pollfd *fds, size_t n, uint64_t deadline);

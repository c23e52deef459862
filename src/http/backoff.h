/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The random number and the wait between two attempts of a request. */

#include <stdbool.h>
#include <stdint.h>

/* Returns a uniform number in [0, 1]. */
double backoff_random(void);

/* Waits for usec microseconds. Returns false at once if the deadline (monotonic_now()) is earlier.
 */
bool backoff_wait(uint64_t usec, uint64_t deadline);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs independent jobs at the same time, each in a thread that may block. A single job runs in the
 * caller's thread.
 */

#include <stddef.h>

#define PARALLEL_MAX 32

/* Calls work(job i) once for each of n jobs and returns when all are done. */
void parallel_run(size_t n, void (*work)(void *userdata, size_t i), void *userdata);

/* Does the same with at most so many (1 to PARALLEL_MAX) at a time. */
void parallel_run_at_most(
        size_t most, size_t n, void (*work)(void *userdata, size_t i), void *userdata);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One file of our own state, and its directory: tokens.json, written.json and published.json are
 * read, written and locked here. Root in the service has no CAP_DAC_*, and what belongs to the user
 * ecr-refresher may be anything: root opens it as that user.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/* Reads it. Returns 1, 0 where there is no such file yet, or a negative errno with a reason. */
int state_file_read(const char *dir, const char *name, size_t limit, struct secret *ret,
        struct reason *ret_reason);

/* Replaces it, 0600. The directory is ours. Returns 0 or a negative errno with a reason. */
int state_file_write(
        const char *dir, const char *name, const struct secret *text, struct reason *ret_reason);

/*
 * Makes a directory (and its parents, in user mode) if it is missing, 0700, and locks it against
 * another run until the descriptor is closed. Waits until deadline (monotonic_now()). Returns the
 * descriptor or a negative errno with a reason.
 */
int state_lock(const char *dir, uint64_t deadline, struct reason *ret_reason);

/* For a run that goes on, or ends, without its state. */
void state_log_failure(const struct reason *reason);

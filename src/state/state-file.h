/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One state file and its directory: reads, writes and locks tokens.json, written.json and
 * published.json. Root in the service has no CAP_DAC_*, and the user ecr-refresher controls its own
 * files, so root opens them as that user.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/* Reads a state file. Returns 1, 0 if it does not exist yet, or a negative errno with a reason. */
int state_file_read(const char *dir, const char *name, size_t limit, struct secret *ret,
        struct reason *ret_reason);

/* Replaces a state file in our directory, 0600. Returns 0 or a negative errno with a reason. */
int state_file_write(
        const char *dir, const char *name, const struct secret *text, struct reason *ret_reason);

/*
 * Creates a directory (and its parents, in user mode) if it is missing, 0700, and locks it against
 * other runs until the descriptor is closed. Waits until deadline (monotonic_now()). Returns the
 * descriptor or a negative errno with a reason.
 */
int state_lock(const char *dir, uint64_t deadline, struct reason *ret_reason);

/* Logs why a run goes on, or ends, without its state. */
void state_log_failure(const struct reason *reason);

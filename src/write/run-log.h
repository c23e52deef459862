/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The log lines of a run. */

#include "write/run-result.h"

/* Logs what happened to each user and file. Returns how many files failed. */
size_t run_log(const struct run_result *run);

/*
 * Logs what the second pass did, which run_log() could not know. Returns how many files failed in
 * it, and whether there is anything new for the record.
 */
size_t run_log_second_pass(const struct run_result *run, bool *ret_is_new);

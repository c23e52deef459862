/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The record of a run: what the next run, and `status`, should know. */

#include "write/run-result.h"

/*
 * Makes the new record from the reports; files of users outside the run stay as they were.
 */
void run_record(const struct run_result *run, struct written *ret);

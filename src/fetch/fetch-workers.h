/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The part of a run that waits for the network, in parallel. */

#include "fetch/fetch-run.h"

/* Resolves the identities and gets the tokens; results and errors are in the run's jobs. */
void fetch_workers_run(struct fetch_run *run);

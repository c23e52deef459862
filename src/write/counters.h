/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The counters in the record, for the metrics, and what a run adds to them. */

#include "state/tokens.h"
#include "write/run-result.h"

/* Pure. Sets the counters of the new record to those of the old one plus what this run adds. */
void counters_update(
        const struct run_result *run, const struct tokens *tokens, struct written *record);

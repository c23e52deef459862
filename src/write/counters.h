/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a run adds to the counters that the record keeps, for the metrics. */

#include "state/tokens.h"
#include "write/run-result.h"

/* Pure. record is the new one of this outcome; its counters become the old ones' and what is new.
 */
void counters_update(
        const struct run_result *run, const struct tokens *tokens, struct written *record);

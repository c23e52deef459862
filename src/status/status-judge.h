/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one judge of the state of a service: STATUS=, the last line of refresh, status, the metrics
 * and the exit codes all come from here.
 */

#include "status/status.h"

/* Pure. Sets the states at this time, the counts, is_good, has_failed and the summary. */
void status_judge(struct status *s, int64_t now);

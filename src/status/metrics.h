/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The metrics of a service in Prometheus' text format, for node_exporter's textfile collector:
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and, for the names,
 * https://prometheus.io/docs/practices/naming/.
 */

#include "base/secret.h"
#include "state/written.h"
#include "status/status.h"

/* The latest run. */
struct metrics_run {
	int64_t ended_at;
	uint64_t duration_usec;
	bool succeeded;
};

/* Pure. Appends all metrics to ret. The status has been judged. The text has no token. */
void metrics_format(const struct status *status, const struct record_counters *counters,
        const struct metrics_run *run, struct secret *ret);

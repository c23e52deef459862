/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The status as people like to read it. */

#include "refresher/table.h"
#include "status/status.h"

/* Where it is going to be seen. */
struct status_view {
	int64_t now;
	struct table_view table;
};

/*
 * Pure: tables of the registries and the files of each service, and a summary, appended to ret. On
 * a terminal hosts and paths are cut to make the rows fit, as far as that leaves them legible.
 */
void status_table(
        const struct status *list, size_t n, const struct status_view *view, struct secret *ret);

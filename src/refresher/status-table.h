/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The status as tables. */

#include "refresher/table.h"
#include "status/status.h"

struct status_view {
	int64_t now;
	struct table_view table;
};

/*
 * Pure. Appends tables of the registries and the files of each service, and a summary, to ret. On a
 * terminal hosts and paths are cut to make the rows fit, as long as they remain legible.
 */
void status_table(
        const struct status *list, size_t n, const struct status_view *view, struct secret *ret);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How the files of a user went. */

#include <limits.h>
#include <stdbool.h>

#include "base/reason.h"
#include "write/merge/merge-result.h"

#define REPORT_MAX_FINDINGS 8

struct worker_file_report {
	bool is_done;
	int error; /* negative errno, or 0 */
	struct reason reason;
	bool written;
	bool watchable;
	bool looked_again;   /* the second look found the file changed … */
	bool rewritten;      /* … and changed it, too */
	char path[PATH_MAX]; /* "" while unknown */
	struct merge_finding findings[REPORT_MAX_FINDINGS];
	unsigned n_findings;
};

struct worker_user_report {
	bool is_done;
	int error; /* of the user as a whole: none of the files was looked at */
	struct reason reason;
	bool looked_again;                /* a child was started for the second look's sake */
	struct worker_file_report *files; /* as many as the work has */
	/* Per file and entry: what is true of it now. */
	bool **present;
	bool **removed;
};

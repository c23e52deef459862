/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the workers did to each user's files. */

#include <limits.h>

#include "base/reason.h"
#include "write/desired.h"
#include "write/merge/merge-result.h"

#define WORKER_MAX_FINDINGS 8

struct worker_file_report {
	bool is_done;
	int error; /* negative errno, or 0 */
	struct reason reason;
	bool written;
	bool watchable;
	bool rechecked;      /* the second pass found the file changed … */
	bool rewritten;      /* … and changed it as well */
	char path[PATH_MAX]; /* "" while unknown */
	struct merge_finding findings[WORKER_MAX_FINDINGS];
	unsigned n_findings;
};

struct worker_user_report {
	bool is_done;
	int error; /* of the user as a whole: no file was read */
	struct reason reason;
	bool rechecked;                   /* a worker was started for the second pass alone */
	struct worker_file_report *files; /* as many as are desired */
	/* Per file and entry: what is true of it now. */
	bool **present;
	bool **removed;
};

/* In memory of the parent alone. */
struct worker_reports {
	struct worker_user_report *users; /* as many as are desired */
	size_t n_users;
	size_t n_finished; /* users whose second pass was over at after_first_pass() */
};

void worker_reports_make(const struct desired *desired, struct worker_reports *ret);
void worker_reports_done(struct worker_reports *r);

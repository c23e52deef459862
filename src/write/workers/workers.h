/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One worker process per user, which becomes that user before it touches a path. It reports on each
 * file through memory that it shares with its parent (worker-memory.h): nothing is parsed on the
 * way back, and a worker that hangs on a dead file system leaves behind what it had done so far.
 * Root's first worker for a user is read-only; a second one, with all of the user's groups, takes
 * over if there is anything to write or the groups may matter.
 *
 * A worker makes two passes. After the first it waits; when all users are done and the parent has
 * nothing left to do but exit, each worker checks its files once more, because systemd does not
 * report changes made while the service runs to a path unit (systemd issue 5770).
 */

#include "base/reason.h"
#include "write/workers/workers-options.h"

/*
 * Brings the files of all users up to date, a batch at a time. Returns 0, or a negative errno with
 * a reason if the workers could not be started; after_first_pass() was not called then.
 */
int workers_run(const struct workers_options *options, struct worker_reports *ret,
        struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the workers, a batch at a time. */
#include "write/workers/workers.h"

#include <string.h>

#include "base/timestamp.h"
#include "write/workers/worker-batch.h"

int workers_run(const struct workers_options *options, struct worker_reports *ret,
        struct reason *ret_reason)
{
	size_t n_users = options->desired->n_users;

	worker_reports_make(options->desired, ret);
	for (size_t first = 0; first < n_users; first += BATCH_MAX) {
		_cleanup_(worker_batch_done) struct worker_batch b = {.options = options,
		        .reports = ret,
		        .first = first,
		        .go = {-1, -1},
		        .deadline = monotonic_now() + options->timeout_usec};
		int r = worker_batch_start(&b);

		if (r < 0)
			return reason_set(ret_reason, -r, "no-child",
			        "the users' files cannot be written: cannot start workers: %s",
			        strerror(-r));
		worker_batch_first_pass(&b);
		ret->n_finished = first;
		if (options->after_first_pass && first + b.n == n_users)
			options->after_first_pass(options->userdata, ret);
		worker_batch_second_pass(&b);
	}
	return 0;
}

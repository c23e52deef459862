/* SPDX-License-Identifier: Apache-2.0 */
#include "base/deadline.h"

#include <errno.h>
#include <limits.h>

#include "base/timespan.h"
#include "base/timestamp.h"

int deadline_poll(struct pollfd *fds, size_t n, uint64_t deadline)
{
	for (uint64_t now; (now = monotonic_now()) < deadline;) {
		uint64_t msec = (deadline - now) / USEC_PER_MSEC + 1;
		int r = poll(fds, n, msec < INT_MAX ? (int)msec : INT_MAX);

		if (r > 0)
			return r;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/backoff.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "base/timespan.h"
#include "base/timestamp.h"

double backoff_random(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), 0) != sizeof(n))
		n = (uint32_t)monotonic_now();
	return (double)n / UINT32_MAX;
}

bool backoff_wait(uint64_t usec, uint64_t deadline)
{
	struct timespec ts = {.tv_sec = (time_t)(usec / USEC_PER_SEC),
	        .tv_nsec = (long)(usec % USEC_PER_SEC) * 1000};

	if (monotonic_now() + usec >= deadline)
		return false;
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
	return true;
}

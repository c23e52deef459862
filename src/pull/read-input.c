/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a request. The plugin's caller controls it and may never close it: both the size and the
 * time are limited.
 */
#include "pull/read-input.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/timespan.h"
#include "base/timestamp.h"

#define CHUNK_SIZE 4096

static int wait_for_input(int fd, uint64_t deadline)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};
	uint64_t now = monotonic_now();
	int r = 0;

	if (now < deadline)
		r = poll(&input, 1, (int)((deadline - now) / USEC_PER_MSEC) + 1);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r == 0 ? -ETIMEDOUT : 0;
}

int read_input(int fd, size_t limit, uint64_t deadline, struct secret *ret)
{
	_secret_ struct secret input = {};

	for (;;) {
		int r = wait_for_input(fd, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = read(fd, secret_reserve(&input, CHUNK_SIZE), CHUNK_SIZE);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		secret_grown(&input, (size_t)n);
		if (input.size > limit)
			return -EFBIG;
	}
	secret_append(ret, input.data, input.size);
	return 0;
}

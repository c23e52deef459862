/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a request. The plugin's caller controls it and may never close it: both the size and the
 * time are limited.
 */
#include "pull/read-input.h"

#include <errno.h>
#include <unistd.h>

#include "base/deadline.h"

#define CHUNK_SIZE 4096

int read_input(int fd, size_t limit, uint64_t deadline, struct secret *ret)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	_secret_ struct secret input = {};

	for (;;) {
		int r = deadline_poll(&ready, 1, deadline);
		ssize_t n;

		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
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

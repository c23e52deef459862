/* SPDX-License-Identifier: Apache-2.0 */
#include "pull/read-input.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "tap.h"

#define LIMIT 10000

/* Makes a pipe with so many bytes in it. Returns its writing end, or -1 if that is closed. */
static void fill(int fds[2], size_t size, bool ends)
{
	char data[LIMIT + 1];

	memset(data, 'x', sizeof(data));
	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	CHECK_INT(write(fds[1], data, size), (long long)size);
	if (ends) {
		close(fds[1]);
		fds[1] = -1;
	}
}

static void check(size_t size, bool ends, int expected)
{
	_secret_ struct secret input = {};
	uint64_t start = monotonic_now();
	int fds[2] = {-1, -1}, r;

	secret_set_string(&input, "before");
	fill(fds, size, ends);
	r = read_input(fds[0], LIMIT, start + 100 * USEC_PER_MSEC, &input);
	CHECK_INT(r, expected);
	CHECK_INT((long long)input.size, (long long)(6 + (expected == 0 ? size : 0)));
	CHECK(monotonic_now() - start < 5 * USEC_PER_SEC);
	if (expected == -ETIMEDOUT)
		CHECK(monotonic_now() - start >= 100 * USEC_PER_MSEC);
	closep(&fds[0]);
	closep(&fds[1]);
}

int main(void)
{
	_secret_ struct secret input = {};

	tap_begin("nothing");
	check(0, true, 0);
	tap_end();
	tap_begin("several reads");
	check(LIMIT, true, 0);
	tap_end();
	tap_begin("one byte too many");
	check(LIMIT + 1, true, -EFBIG);
	check(LIMIT + 1, false, -EFBIG);
	tap_end();
	tap_begin("input that is not closed");
	check(0, false, -ETIMEDOUT);
	check(LIMIT, false, -ETIMEDOUT);
	tap_end();
	tap_begin("no input");
	CHECK_INT(read_input(999, LIMIT, monotonic_now() + USEC_PER_SEC, &input), -EBADF);
	CHECK_INT((long long)input.size, 0);
	tap_end();
	return tap_finish();
}

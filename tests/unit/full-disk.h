/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A disk that is full when a file is synced. The test is linked with --wrap=fsync. */

#include <errno.h>
#include <stdbool.h>

int __real_fsync(int fd);
int __wrap_fsync(int fd);

static bool is_disk_full;

int __wrap_fsync(int fd)
{
	if (!is_disk_full)
		return __real_fsync(fd);
	errno = ENOSPC;
	return -1;
}

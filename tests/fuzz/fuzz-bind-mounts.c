/* SPDX-License-Identifier: Apache-2.0 */

/* Any mountinfo and a path to find in it, separated by a NUL byte. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "check/clients/bind-mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *path = xstrndup((const char *)data, size);
	size_t used = strlen(path) < size ? strlen(path) + 1 : size;
	_cleanup_(freep) char *mountinfo = xstrndup((const char *)data + used, size - used);
	_cleanup_(mounted_file_done) struct mounted_file file = {};
	_cleanup_(freep) char *point = NULL;

	if (*path != '/')
		return 0;
	if (mounted_file_find(mountinfo, path, &file) < 0)
		return 0;
	if (!file.path || !memchr(file.device, '\0', sizeof(file.device)))
		abort();
	point = mounted_file_point(mountinfo, &file);
	return 0;
}

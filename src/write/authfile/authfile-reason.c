/* SPDX-License-Identifier: Apache-2.0 */
/* Maps errors to fixes. The user controls the path. */
#include "write/authfile/authfile-reason.h"

#include <errno.h>
#include <string.h>

int authfile_set_reason(const char *path, int error, struct reason *ret_reason)
{
	const char *what = strerror(error), *fix = "";

	switch (error) {
	case EISDIR:
		fix = "; it must be a file: remove the directory (docker creates one when a "
		      "container mounts a file that does not exist)";
		break;
	case EINVAL:
		what = "it is not a regular file";
		fix = "; remove it";
		break;
	case EFBIG:
		what = "it is larger than 4 MiB";
		fix = "; if it is not a config.json, move it away";
		break;
	case EACCES:
	case EPERM:
		fix = "; the user must be able to read it and to write to its directory: check "
		      "owner and mode";
		break;
	case ENOSPC:
	case EDQUOT:
		fix = "; make room. The file is unchanged";
		break;
	case EROFS:
		fix = "; remount the file system for writing";
		break;
	case EAGAIN:
		what = "it keeps changing while it is written";
		fix = "; the next run tries again";
		break;
	}
	return reason_set(ret_reason, error,
	        error == EINVAL ? "not-a-file" : strerrorname_np(error), "%s: %s%s", path, what,
	        fix);
}

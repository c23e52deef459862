/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Enters a further user namespace, in which the user has its own uid again; the present one cannot
 * be left. Our caller controls the environment variable, which is only a cheap first check. The
 * kernel's map decides: it does not let the root of a host, or of a container, become another user.
 */

#include "launch/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"

/* Set by podman and buildah (containers/storage, pkg/unshare), but not in containers. */
#define VARIABLE "_CONTAINERS_ROOTLESS_UID"

/*
 * Reads which id outside is id 0 in here, if only that one is mapped: "0 OUTSIDE 1" is the first
 * line.
 */
static bool read_map(const char *path, unsigned *ret)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	unsigned inside, outside, count;

	if (!f || fscanf(f, "%u %u %u", &inside, &outside, &count) != 3)
		return false;
	*ret = outside;
	return inside == 0 && outside != 0 && count == 1;
}

static int write_proc(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : file_write_all(fd, text, strlen(text));
}

static int enter(unsigned uid, unsigned gid)
{
	char uids[32], gids[32];
	int r;

	snprintf(uids, sizeof(uids), "%u 0 1\n", uid);
	snprintf(gids, sizeof(gids), "%u 0 1\n", gid);
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	r = write_proc("/proc/self/setgroups", "deny");
	if (r == 0)
		r = write_proc("/proc/self/gid_map", gids);
	if (r == 0)
		r = write_proc("/proc/self/uid_map", uids);
	return r < 0 ? r : geteuid() == uid ? 0 : -EPERM;
}

int rootless_become_user(void)
{
	unsigned uid, gid;

	if (geteuid() != 0 || !getenv(VARIABLE))
		return 0;
	if (!read_map("/proc/self/uid_map", &uid) || !read_map("/proc/self/gid_map", &gid))
		return 0;
	return enter(uid, gid);
}

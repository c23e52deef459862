/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A namespace cannot be left, but another one can be entered in which the same user has its own
 * number again. Whoever runs us controls the environment, so that is asked first, for it costs
 * nothing, and the kernel's word decides: there is no way from a host's root, or a container's,
 * which is itself everywhere.
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

/* Set by podman and buildah (containers/storage, pkg/unshare); not handed on to containers. */
#define VARIABLE "_CONTAINERS_ROOTLESS_UID"

/* Which id outside is id 0 in here, if it alone is: "0 OUTSIDE 1" in the first line of a map. */
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

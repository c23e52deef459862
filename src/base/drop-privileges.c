/* SPDX-License-Identifier: Apache-2.0 */
#include "base/drop-privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Root keeps its uid for its own files, so that the change of uid does not drop the capabilities.
 */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

/*
 * Verifies the ids, and that root cannot be regained. If not with_groups, there must be no
 * supplementary groups.
 */
static int verify(const struct passwd *pw, bool with_groups)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return -errno;
	if (ruid != pw->pw_uid || euid != pw->pw_uid || suid != pw->pw_uid || rgid != pw->pw_gid ||
	        egid != pw->pw_gid || sgid != pw->pw_gid)
		return -EPERM;
	if (!with_groups && getgroups(0, NULL) != 0)
		return -EPERM;
	if (pw->pw_uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return -EPERM;
	return 0;
}

static int become(const struct passwd *pw, bool with_groups)
{
	int r = with_groups ? initgroups(pw->pw_name, pw->pw_gid) : setgroups(0, NULL);

	if (r < 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	        setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return -errno;
	r = drop_capabilities();
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return verify(pw, with_groups);
}

int drop_privileges(const struct passwd *pw)
{
	if (geteuid() != 0)
		return geteuid() == pw->pw_uid ? 0 : -EPERM;
	return become(pw, true);
}

int drop_privileges_without_groups(const struct passwd *pw)
{
	return geteuid() == 0 ? become(pw, false) : -EPERM;
}

void forbid_dumps(void)
{
	struct rlimit none = {};

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

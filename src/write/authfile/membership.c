/* SPDX-License-Identifier: Apache-2.0 */
/* Looks up group members. The sources of the name service control what is found. */
#include "write/authfile/membership.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

#define PASSWD_MAX_SIZE 16384

static bool has(const gid_t *groups, int n, gid_t gid)
{
	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static bool process_has(gid_t gid)
{
	_cleanup_(freep) gid_t *groups = xcalloc(NGROUPS_MAX, sizeof(*groups));

	return gid == getegid() || has(groups, getgroups(NGROUPS_MAX, groups), gid);
}

/* Looks both ways: a source may know the members of a group, or only the groups of a user. */
static bool is_member(const struct passwd *pw, const struct group *group)
{
	_cleanup_(freep) gid_t *groups = xcalloc(NGROUPS_MAX, sizeof(*groups));
	int n = NGROUPS_MAX;

	for (char **member = group->gr_mem; *member; member++)
		if (strcmp(*member, pw->pw_name) == 0)
			return true;
	return getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0 ||
	       has(groups, n, group->gr_gid);
}

int membership_check(gid_t gid, struct reason *ret_reason)
{
	char buffer[PASSWD_MAX_SIZE];
	struct passwd entry, *pw = NULL;
	struct group *group;

	if (process_has(gid))
		return 0;
	errno = getpwuid_r(geteuid(), &entry, buffer, sizeof(buffer), &pw);
	group = pw ? getgrgid(gid) : NULL;
	if (!group)
		return reason_set(ret_reason, EPERM, "group-unknown",
		        "whether the user is in the file's group %u cannot be looked up: %s; do "
		        "all sources in /etc/nsswitch.conf for groups answer? The file is "
		        "unchanged, and the next run tries again. If the group no longer exists, "
		        "give the file another one",
		        gid, errno != 0 ? strerror(errno) : "no source has this group");
	if (is_member(pw, group))
		return reason_set(ret_reason, EPERM, "group-missing",
		        "the user is in the file's group %s (%u), but this process is not: the "
		        "look-up of the user's groups failed, or the user was added later; the "
		        "file is unchanged, and the next run tries again (a user's own service: "
		        "after the next login)",
		        group->gr_name, gid);
	return 0;
}

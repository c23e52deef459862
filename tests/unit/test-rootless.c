/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define VARIABLE "_CONTAINERS_ROOTLESS_UID"
#define NOBODY 65534
#define UNAVAILABLE 100 /* exit status of a child that cannot make a namespace */

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Becomes root of a namespace in which 0 is the user outside, as `podman unshare` does. */
static bool become_root_of_a_namespace(unsigned uid, unsigned gid)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %u 1\n", uid);
	snprintf(gids, sizeof(gids), "0 %u 1\n", gid);
	return unshare(CLONE_NEWUSER) == 0 && write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/gid_map", gids) && write_file("/proc/self/uid_map", uids) &&
	       geteuid() == 0;
}

/* Runs in its own process: returns 1 for the user's uid at the end, 0 for root's. */
static int child(bool has_variable)
{
	unsigned uid, gid;

	if (geteuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		return UNAVAILABLE;
	prctl(PR_SET_DUMPABLE, 1); /* or /proc/self is root's */
	uid = geteuid();
	gid = getegid();
	if (!become_root_of_a_namespace(uid, gid))
		return UNAVAILABLE;
	if (has_variable)
		setenv(VARIABLE, "1000", 1);
	if (rootless_become_user() != 0)
		return UNAVAILABLE + 1;
	if (geteuid() == uid && getuid() == uid && getegid() == gid && getgid() == gid)
		return 1;
	return geteuid() == 0 ? 0 : UNAVAILABLE + 2;
}

static void test_namespace(const char *name, bool has_variable, int expected)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(child(has_variable));
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == UNAVAILABLE) {
		tap_skip(name, "user namespaces cannot be made here");
		return;
	}
	tap_begin("%s", name);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), expected);
	tap_end();
}

int main(void)
{
	uid_t uid = geteuid();

	tap_begin("only the kernel's map makes us another user");
	setenv(VARIABLE, "1000", 1);
	CHECK_INT(rootless_become_user(), 0);
	CHECK_INT(geteuid(), uid);
	unsetenv(VARIABLE);
	CHECK_INT(rootless_become_user(), 0);
	CHECK_INT(geteuid(), uid);
	tap_end();

	test_namespace("root of podman's namespace becomes its user", true, 1);
	test_namespace("root of another namespace stays root", false, 0);
	return tap_finish();
}

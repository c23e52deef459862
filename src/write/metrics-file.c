/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the metrics in a child process. The administrator controls the path, and the owner of each
 * directory its contents.
 */
#include "write/metrics-file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "base/drop-privileges.h"
#include "base/file.h"
#include "base/subprocess.h"
#include "base/timestamp.h"
#include "write/open-as-owner.h"

/* Replaces the file. Not synced: after a crash it is out of date anyway. */
static int replace(const char *dir, const char *name, const struct secret *text)
{
	_cleanup_(closep) int dir_fd = open_as_owner(dir);

	if (dir_fd < 0)
		return dir_fd;
	forbid_dumps();
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* again: a change of uid clears it (prctl(2)) */
	umask(022);                       /* its reader is another user */
	return file_replace_unsynced(dir_fd, name, text->data, text->size, 0644);
}

_Noreturn static void run_child(const char *path, const struct secret *text, int end_fd)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(freep) char *dir = xstrndup(path, slash > path ? (size_t)(slash - path) : 1);
	int error;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	error = -replace(dir, slash + 1, text);
	if (write(end_fd, &error, sizeof(error)) < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/* Returns the child's result, or -ETIMEDOUT. The child is a user's, and may send anything. */
static int wait_for(pid_t pid, int end_fd, uint64_t deadline)
{
	struct pollfd end = {.fd = end_fd, .events = POLLIN};
	int error = ETIMEDOUT;

	if (deadline_poll(&end, 1, deadline) > 0 &&
	        (read(end_fd, &error, sizeof(error)) != sizeof(error) || error < 0))
		error = EIO;
	subprocess_kill(pid, NULL);
	return -error;
}

static const char *fix_for(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "create its directory";
	case EACCES:
	case EPERM:
		return "let the owner of its directory write to it, and all users search the "
		       "directories above";
	case EROFS:
		return "name a file below /var, or add ReadWritePaths= to the service";
	case EISDIR:
		return "name a file in that directory";
	case ETIMEDOUT:
		return "does its file system answer?";
	default:
		return "fix that, or remove metrics_file from the ini";
	}
}

int metrics_file_write(const char *path, const struct secret *text, uint64_t timeout_usec, int lock,
        struct reason *ret_reason)
{
	_cleanup_(closep) int end = -1;
	pid_t pid = subprocess_fork(&end);
	int r = pid < 0 ? pid : 0;

	if (pid == 0) {
		close(lock); /* one that hangs must not keep the next run out */
		run_child(path, text, end);
	}
	if (pid > 0)
		r = wait_for(pid, end, monotonic_now() + timeout_usec);
	if (r < 0)
		return reason_set(ret_reason, -r, "metrics-file",
		        "metrics_file %s cannot be written: %s; %s", path, strerror(-r),
		        fix_for(-r));
	return 0;
}

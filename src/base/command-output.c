/* SPDX-License-Identifier: Apache-2.0 */
#include "base/command-output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/timespan.h"
#include "base/timestamp.h"

static int set_up_files(posix_spawn_file_actions_t *actions, int output)
{
	int r = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, output, 1);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
	/* Sockets of the other threads. */
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(actions, 3);
	return r;
}

/* No terminal, so that a question fails at once, and the signals of an ordinary process. */
static int set_up_process(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setflags(
	        attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	return r;
}

static int start(const struct subprocess *command, int output, pid_t *ret)
{
	char *const *environment = command->environment ? command->environment : environ;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	r = set_up_files(&actions, output);
	if (r == 0)
		r = set_up_process(&attributes);
	if (r == 0)
		r = posix_spawnp(ret, command->argv[0], &actions, &attributes,
		        (char *const *)command->argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* What is there to read now. Returns 1 while there may be more, 0 at the end. */
static int take(int fd, size_t max_size, struct secret *output)
{
	for (;;) {
		ssize_t n = read(fd, secret_reserve(output, 4096), 4096);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 1 : -errno;
		if (n == 0)
			return 0;
		secret_grown(output, (size_t)n);
		if (output->size > max_size)
			return -EFBIG;
	}
}

/* Until the process ends. Its output may end before, or go on behind it in a background job. */
static int collect(
        int output_fd, int process_fd, uint64_t deadline, size_t max_size, struct secret *output)
{
	struct pollfd fds[] = {{process_fd, POLLIN, 0}, {output_fd, POLLIN, 0}};

	for (;;) {
		uint64_t now = monotonic_now();
		uint64_t left = deadline > now ? (deadline - now) / USEC_PER_MSEC + 1 : 0;
		int r;

		if (left == 0)
			return -ETIMEDOUT;
		r = poll(fds, ARRAY_SIZE(fds), left > INT32_MAX ? INT32_MAX : (int)left);
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r <= 0)
			continue;
		r = fds[1].revents ? take(output_fd, max_size, output) : 1;
		if (r < 0)
			return r;
		if (r == 0)
			fds[1].fd = -1;
		if (!fds[0].revents)
			continue;
		/* It may have printed something between the poll and its end. */
		r = fds[1].fd >= 0 ? take(output_fd, max_size, output) : 0;
		return r < 0 ? r : 0;
	}
}

/*
 * It has ended, or was killed and soon has; unless it became another user (sudo), whom we cannot
 * kill: that one is left to itself.
 */
static int reap(pid_t pid, int *ret_status)
{
	uint64_t deadline = monotonic_now() + USEC_PER_SEC;
	struct timespec pause = {.tv_nsec = 10 * USEC_PER_MSEC * 1000};

	for (;;) {
		pid_t ended = waitpid(pid, ret_status, WNOHANG);

		if (ended == pid)
			return 0;
		if (ended < 0 && errno != EINTR)
			return -errno;
		if (monotonic_now() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
}

int command_output(
        const struct subprocess *command, uint64_t deadline, struct secret *ret, int *ret_status)
{
	_cleanup_(closep) int in = -1, out = -1, process = -1;
	size_t max_size = command->max_size ? command->max_size : CHILD_OUTPUT_MAX_SIZE;
	int ends[2], r, reaped;
	pid_t pid = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	in = ends[0];
	out = ends[1];
	if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	r = start(command, out, &pid);
	if (r < 0)
		return r;
	close(TAKE_FD(out));
	process = (int)syscall(SYS_pidfd_open, pid, 0);
	r = process < 0 ? -errno : collect(in, process, deadline, max_size, ret);
	if (r < 0)
		kill(-pid, SIGKILL);
	reaped = reap(pid, ret_status);
	return reaped < 0 ? reaped : r;
}

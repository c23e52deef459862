/* SPDX-License-Identifier: Apache-2.0 */
#include "base/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/timespan.h"
#include "base/timestamp.h"

#define KILL_WAIT_USEC (200 * USEC_PER_MSEC)
#define WAIT_PAUSE_USEC (10 * USEC_PER_MSEC)

void subprocess_setup(void)
{
	signal(SIGCHLD, SIG_DFL);
}

static int set_up_files(posix_spawn_file_actions_t *actions, int output)
{
	int r = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(actions, output, 1);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
	/* Sockets of other threads are not inherited. */
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(actions, 3);
	return r;
}

/* No terminal, so that asking a question fails at once; and the signals of an ordinary process. */
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

static int spawn(const struct subprocess *command, int output, pid_t *ret)
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

pid_t subprocess_fork(int *ret_fd)
{
	_cleanup_(closep) int in = -1, out = -1;
	int ends[2];
	pid_t pid;

	if (ret_fd) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
		in = ends[0];
		out = ends[1];
	}
	fflush(NULL); /* or both processes would write what is buffered */
	pid = fork();
	if (pid < 0)
		return -errno;
	if (ret_fd)
		*ret_fd = pid == 0 ? TAKE_FD(out) : TAKE_FD(in);
	return pid;
}

/* Reads what is available. Returns 1 if more may follow, 0 at the end, or a negative errno. */
static int read_available(int fd, size_t max_size, struct secret *output)
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

/* Returns a process file descriptor, or -1 on kernels before 5.3. */
static int open_process(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/*
 * Reads until the process ends. Its output may end earlier, or be continued by a background job.
 * Returns as subprocess_read().
 */
static int collect(
        int process_fd, int output_fd, uint64_t deadline, size_t max_size, struct secret *output)
{
	struct pollfd fds[] = {{process_fd, POLLIN, 0}, {output_fd, POLLIN, 0}};

	for (int r = 1;;) {
		int ready = deadline_poll(fds, ARRAY_SIZE(fds), deadline);

		if (ready < 0)
			return ready;
		if (ready == 0)
			return r == 0 ? 1 : -ETIMEDOUT;
		/* If the process has ended, this is all that it printed. */
		if (fds[1].fd >= 0)
			r = read_available(output_fd, max_size, output);
		if (r < 0 || fds[0].revents)
			return r < 0 ? r : 0;
		if (r == 0)
			fds[1].fd = -1;
		if (r == 0 && process_fd < 0)
			return 0; /* the caller waits for the process */
	}
}

int subprocess_read(
        pid_t pid, int fd, uint64_t deadline, size_t max_size, struct secret *ret, int *ret_status)
{
	_cleanup_(closep) int process = open_process(pid);
	int r = fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno
	                                           : collect(process, fd, deadline, max_size, ret);
	int reaped;

	if (r == 0 && process < 0) {
		r = subprocess_wait(pid, deadline, ret_status);
		if (r != -ETIMEDOUT)
			return r;
		r = 1;
	}
	/* Without a descriptor for the process, only the end of its output is known. */
	if (r == 1 && process < 0 && subprocess_wait(pid, deadline, ret_status) == 0)
		return 0;
	/* A child of fork() may not have made its process group yet. */
	if (r != 0 && kill(-pid, SIGKILL) < 0 && errno == ESRCH)
		kill(pid, SIGKILL);
	/*
	 * It has ended or soon will, unless it changed to a user whose processes we may not kill
	 * (sudo).
	 */
	reaped = subprocess_wait(pid, monotonic_now() + USEC_PER_SEC, ret_status);
	return reaped < 0 ? reaped : r;
}

int subprocess_run(
        const struct subprocess *command, uint64_t deadline, struct secret *ret, int *ret_status)
{
	_cleanup_(closep) int in = -1, out = -1;
	size_t max_size = command->max_size ? command->max_size : SUBPROCESS_OUTPUT_MAX_SIZE;
	int ends[2], r;
	pid_t pid = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	in = ends[0];
	out = ends[1];
	r = spawn(command, out, &pid);
	if (r < 0)
		return r;
	close(TAKE_FD(out));
	r = subprocess_read(pid, in, deadline, max_size, ret, ret_status);
	return r > 0 ? -ETIMEDOUT : r;
}

int subprocess_wait(pid_t pid, uint64_t deadline, int *ret_status)
{
	_cleanup_(closep) int process = -1;

	for (;;) {
		struct pollfd end = {.events = POLLIN};
		pid_t ended = waitpid(pid, ret_status, WNOHANG);
		uint64_t now;

		if (ended == pid)
			return 0;
		if (ended < 0 && errno != EINTR)
			return -errno;
		now = monotonic_now();
		if (now >= deadline)
			return -ETIMEDOUT;
		if (process < 0)
			process = open_process(pid);
		end.fd = process;
		if (process < 0 && deadline - now > WAIT_PAUSE_USEC)
			deadline_poll(&end, 1, now + WAIT_PAUSE_USEC);
		else
			deadline_poll(&end, 1, deadline);
	}
}

int subprocess_kill(pid_t pid, int *ret_status)
{
	kill(pid, SIGKILL);
	return subprocess_wait(pid, monotonic_now() + KILL_WAIT_USEC, ret_status);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with --wrap=syscall, to do without pidfd_open(2) as on kernels before 5.3. */
#include "base/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "base/deadline.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "tap.h"

#define SHORT (200 * USEC_PER_MSEC)
#define LONG (30 * USEC_PER_SEC)
#define SOON (10 * USEC_PER_SEC) /* much less than LONG, even on a busy machine */

long __real_syscall(long number, long a, long b);
long __wrap_syscall(long number, long a, long b);

static bool is_old_kernel;

long __wrap_syscall(long number, long a, long b)
{
	if (!is_old_kernel)
		return __real_syscall(number, a, b);
	errno = ENOSYS;
	return -1;
}

/* Reports whether this process has a child that runs or is not reaped. */
static bool has_child(void)
{
	return waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
}

static int run(const char *command, uint64_t limit, struct secret *ret, int *ret_status)
{
	const char *const argv[] = {"sh", "-c", command, NULL};

	*ret_status = -1;
	return subprocess_run(
	        &(struct subprocess){.argv = argv}, monotonic_now() + limit, ret, ret_status);
}

static void test_output(void)
{
	_secret_ struct secret text = {}, none = {};
	const char *const missing[] = {"/nonexistent/program", NULL};
	char *const environment[] = {(char *)"A=b", NULL};
	const char *const argv[] = {"/bin/sh", "-c", "echo $A$HOME", NULL};
	int status;

	tap_begin("output and status");
	CHECK_INT(run("echo text; echo other >&2; exit 3", LONG, &text, &status), 0);
	CHECK_STRING(secret_string(&text), "text\n");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	CHECK_INT(run("kill -TERM $$", LONG, &none, &status), 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	CHECK(!has_child());
	tap_end();

	tap_begin("its own environment");
	secret_done(&text);
	CHECK_INT(subprocess_run(&(struct subprocess){.argv = argv, .environment = environment},
	                  monotonic_now() + LONG, &text, &status),
	        0);
	CHECK_STRING(secret_string(&text), "b\n");
	tap_end();

	tap_begin("a program that does not exist");
	CHECK_INT(subprocess_run(&(struct subprocess){.argv = missing}, monotonic_now() + LONG,
	                  &none, &status),
	        -ENOENT);
	CHECK(!has_child());
	tap_end();
}

static void test_limits(void)
{
	_secret_ struct secret text = {}, exact = {}, more = {};
	const char *const argv[] = {"head", "-c", "1000", "/dev/zero", NULL};
	uint64_t start = monotonic_now();
	int status;

	tap_begin("the deadline");
	CHECK_INT(run("sleep 30", SHORT, &text, &status), -ETIMEDOUT);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_INT(run("exec >&-; sleep 30", SHORT, &text, &status), -ETIMEDOUT);
	CHECK_INT(run("echo text", 0, &text, &status), -ETIMEDOUT);
	CHECK(monotonic_now() - start < SOON);
	CHECK(!has_child());
	tap_end();

	tap_begin("the limit of the output");
	CHECK_INT(run("exec yes", LONG, &text, &status), -EFBIG);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_INT(subprocess_run(&(struct subprocess){.argv = argv, .max_size = 1000},
	                  monotonic_now() + LONG, &exact, &status),
	        0);
	CHECK_INT((long long)exact.size, 1000);
	CHECK_INT(subprocess_run(&(struct subprocess){.argv = argv, .max_size = 999},
	                  monotonic_now() + LONG, &more, &status),
	        -EFBIG);
	CHECK(!has_child());
	tap_end();
}

/* Reads a process id printed by a shell. */
static pid_t pid_in(const struct secret *text)
{
	return (pid_t)atoi(secret_string(text));
}

/* A zombie has ended; its command line would also be empty for a moment during execve(). */
static bool is_running(pid_t pid)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/stat", pid);
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	char state = 'Z';

	return f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1 && state != 'Z' && state != 'X';
}

static bool ends_soon(pid_t pid)
{
	uint64_t deadline = monotonic_now() + SOON;

	while (is_running(pid) && monotonic_now() < deadline)
		usleep(10000);
	return !is_running(pid);
}

static void test_grandchild(void)
{
	_secret_ struct secret text = {}, killed = {};
	uint64_t start = monotonic_now();
	int status;

	tap_begin("a background job that keeps the pipe open is left alone");
	CHECK_INT(run("sleep 30 & echo $!", LONG, &text, &status), 0);
	CHECK(monotonic_now() - start < SOON && is_running(pid_in(&text)));
	CHECK_INT(kill(pid_in(&text), SIGKILL), 0);
	tap_end();

	tap_begin("at the deadline it is killed with its process group");
	CHECK_INT(run("sleep 31 & echo $!; wait", SHORT, &killed, &status), -ETIMEDOUT);
	CHECK(ends_soon(pid_in(&killed)));
	tap_end();
}

static void test_fork(void)
{
	_secret_ struct secret text = {}, closed = {}, none = {};
	uint64_t start = monotonic_now();
	int fd = -1, status = -1;
	pid_t pid;

	tap_begin("a fork writes to its parent");
	pid = subprocess_fork(&fd);
	if (pid == 0)
		_exit(write(fd, "text", 4) == 4 ? 5 : 6);
	CHECK_INT(subprocess_read(pid, fd, monotonic_now() + LONG, 100, &text, &status), 0);
	CHECK_STRING(secret_string(&text), "text");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	tap_end();

	tap_begin("a child that closes its output and stays is killed at the deadline");
	pid = subprocess_fork(&fd);
	if (pid == 0) {
		if (write(fd, "text", 4) < 0)
			_exit(1);
		close(fd);
		pause();
	}
	CHECK_INT(subprocess_read(pid, fd, monotonic_now() + SHORT, 100, &closed, &status), 1);
	CHECK_STRING(secret_string(&closed), "text");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(fd);
	tap_end();

	tap_begin("a child without its own process group is killed alone");
	pid = subprocess_fork(&fd);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK_INT(
	        subprocess_read(pid, fd, monotonic_now() + SHORT, 100, &none, &status), -ETIMEDOUT);
	close(fd);
	CHECK(!has_child());
	CHECK(monotonic_now() - start < SOON);
	tap_end();
}

static void test_wait(void)
{
	int status = -1;
	pid_t pid;

	tap_begin("a child is waited for until the deadline, then killed and reaped");
	pid = subprocess_fork(NULL);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK_INT(subprocess_wait(pid, monotonic_now() + SHORT, NULL), -ETIMEDOUT);
	CHECK_INT(subprocess_kill(pid, &status), 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(!has_child());
	CHECK_INT(subprocess_wait(pid, UINT64_MAX, NULL), -ECHILD);
	tap_end();

	tap_begin("a child that ends is reaped without a deadline");
	pid = subprocess_fork(NULL);
	if (pid == 0) {
		usleep(50000);
		_exit(7);
	}
	CHECK_INT(subprocess_wait(pid, UINT64_MAX, &status), 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	tap_end();
}

static void test_old_kernel(void)
{
	_secret_ struct secret text = {};
	int status;

	is_old_kernel = true;
	tap_begin("on an old kernel, a child ends with its output or later");
	CHECK_INT(run("echo text; exec >&-; sleep 0.1; exit 3", LONG, &text, &status), 0);
	CHECK_STRING(secret_string(&text), "text\n");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	CHECK_INT(run("exec >&-; sleep 30", SHORT, &text, &status), -ETIMEDOUT);
	CHECK_INT(run("sleep 30", SHORT, &text, &status), -ETIMEDOUT);
	CHECK(!has_child());
	tap_end();
	is_old_kernel = false;
}

static void ignore(int number)
{
	(void)number;
}

static void test_poll(void)
{
	const struct sigaction action = {.sa_handler = ignore};
	struct pollfd ready = {.events = POLLIN}, never = {.fd = -1};
	int ends[2];
	uint64_t start;
	pid_t pid;

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	ready.fd = ends[0];
	CHECK_INT(write(ends[1], "x", 1), 1);

	tap_begin("a ready descriptor, only before the deadline");
	CHECK_INT(deadline_poll(&ready, 1, UINT64_MAX), 1);
	CHECK_INT(deadline_poll(&ready, 1, monotonic_now() + LONG), 1);
	CHECK_INT(deadline_poll(&ready, 1, monotonic_now()), 0);
	CHECK_INT(deadline_poll(&ready, 1, 0), 0);
	tap_end();

	tap_begin("a signal does not end the wait");
	sigaction(SIGUSR1, &action, NULL);
	pid = subprocess_fork(NULL);
	if (pid == 0) {
		usleep(20000);
		_exit(kill(getppid(), SIGUSR1) == 0 ? 0 : 1);
	}
	start = monotonic_now();
	CHECK_INT(deadline_poll(&never, 1, start + SHORT), 0);
	CHECK(monotonic_now() - start >= SHORT);
	CHECK_INT(subprocess_wait(pid, UINT64_MAX, NULL), 0);
	tap_end();
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	test_output();
	test_limits();
	test_grandchild();
	test_fork();
	test_wait();
	test_old_kernel();
	test_poll();
	return tap_finish();
}

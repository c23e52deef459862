/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Child processes: a program that is run for its output, or a fork of this one, for example to
 * become another user. The program or the user controls what it does and when, so that output and
 * time are bounded.
 */

#include <stdint.h>
#include <sys/types.h>

#include "base/secret.h"

#define SUBPROCESS_OUTPUT_MAX_SIZE ((size_t)64 * 1024)

/*
 * Makes the exit statuses of children available, which a process loses that was started with
 * SIGCHLD ignored. For main().
 */
void subprocess_setup(void);

/*
 * What to run: argv[0] is searched for in $PATH; environment is NAME=VALUE each, ending with NULL.
 */
struct subprocess {
	const char *const *argv;
	char *const *environment; /* NULL: ours */
	size_t max_size;          /* of its output; 0: SUBPROCESS_OUTPUT_MAX_SIZE */
};

/*
 * Runs a program in its own session, with empty input and its standard error discarded, and waits
 * until it ends; processes that it leaves in the background are left alone. Returns 0, the output
 * and a wait status; or a negative errno: -ETIMEDOUT or -EFBIG, after which the program and its
 * process group are killed if we are allowed to, or why it could not be started. Can be used by
 * several threads at once.
 */
int subprocess_run(
        const struct subprocess *command, uint64_t deadline, struct secret *ret, int *ret_status);

/*
 * Forks a child with a pipe to the parent. Returns its process id and the end to read from; 0 in
 * the child, and the end to write to; or a negative errno. ret_fd may be NULL: no pipe.
 */
pid_t subprocess_fork(int *ret_fd);

/*
 * Reads what a child writes into fd until the child ends, and reaps it. Returns 0 and a wait
 * status; 1 if it only closed its output, and was killed at the deadline; or a negative errno,
 * after which the child and its process group are killed: -ETIMEDOUT, or -EFBIG over max_size.
 */
int subprocess_read(
        pid_t pid, int fd, uint64_t deadline, size_t max_size, struct secret *ret, int *ret_status);

/*
 * Reaps a child that ends before the deadline. Returns 0 and its wait status (ret_status may be
 * NULL), -ETIMEDOUT, or another negative errno.
 */
int subprocess_wait(pid_t pid, uint64_t deadline, int *ret_status);

/*
 * Kills a child and reaps it. One that hangs in the kernel, as on a dead file system, is waited for
 * only briefly. Returns as subprocess_wait() does.
 */
int subprocess_kill(pid_t pid, int *ret_status);

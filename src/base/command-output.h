/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A command's standard output, bounded in size and time. */

#include <stdint.h>

#include "base/secret.h"

#define CHILD_OUTPUT_MAX_SIZE ((size_t)64 * 1024)

/* What to run: argv[0] is searched for in $PATH; environment is NAME=VALUE each, NULL at the end.
 */
struct subprocess {
	const char *const *argv;
	char *const *environment; /* NULL: ours */
	size_t max_size;          /* of what it prints; 0: CHILD_OUTPUT_MAX_SIZE */
};

/*
 * Runs it in a session of its own, with nothing to read and its standard error discarded. Waits
 * until it ends; what it leaves running in the background is left alone. Returns 0, the output and
 * a wait status; a negative errno: -ETIMEDOUT or -EFBIG, after which the command and its process
 * group are killed, as far as we may kill them, or what kept it from being started. Can be used by
 * several threads at once.
 */
int command_output(
        const struct subprocess *command, uint64_t deadline, struct secret *ret, int *ret_status);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs ecr-fetch and ecr-publish by hand: with what the unit gives them where systemd has it, or
 * else without systemd, as the user ecr-refresher where we are root.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

#define SYSTEMD_STATUS 200 /* and above: systemd.exec(5), "Process Exit Codes" */

/* What runs before the files are written: the programs of LIBEXECDIR. */
enum stage {
	STAGE_FETCH,   /* ecr-fetch */
	STAGE_PUBLISH, /* ecr-publish, which may be a package of its own */
};

/*
 * Runs it as ecr-refresher.service does, whose environment takes the place of ours, or as we are if
 * that unit does not exist. arguments: what follows the program's name, ending with NULL; a path is
 * absolute. Returns its exit status, SYSTEMD_STATUS or more if systemd could not start it, or -1
 * after logging why it could not be run.
 */
int stage_run(enum stage stage, char *const *arguments);

/* Runs ecr-fetch as for a pull: with our environment, whatever the unit has. */
int stage_run_for_pull(char *const *arguments);

/* Reports whether the program is installed. */
bool stage_is_installed(enum stage stage);

/*
 * Runs ecr-fetch for what it prints, and ends it at the deadline (monotonic_now()). fd, if not
 * negative, is open under its number there, too. Returns 0 and the output, whatever the exit
 * status, or a negative errno with a reason.
 */
int stage_capture(char *const *arguments, int fd, uint64_t deadline, struct secret *ret,
        struct reason *ret_reason);

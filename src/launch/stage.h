/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs ecr-fetch and ecr-publish by hand: with the unit's settings if systemd has the unit;
 * otherwise directly, for root as the user ecr-refresher.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

#define SYSTEMD_STATUS 200 /* and above: systemd.exec(5), "Process Exit Codes" */

/* What runs before the files are written: programs of LIBEXECDIR. */
enum stage {
	STAGE_FETCH,   /* ecr-fetch */
	STAGE_PUBLISH, /* ecr-publish, which may be in another package */
};

/*
 * Runs a stage as ecr-refresher.service does, with the unit's environment instead of ours, or with
 * ours if that unit does not exist. arguments follow the program's name and end with NULL; paths
 * must be absolute. Returns its exit status, SYSTEMD_STATUS or more if systemd could not start it,
 * or -1 after logging why it could not be run.
 */
int stage_run(enum stage stage, char *const *arguments);

/* Runs ecr-fetch as a pull does: with our environment, whatever the unit has. */
int stage_run_for_pull(char *const *arguments);

/* Reports whether the program is installed. */
bool stage_is_installed(enum stage stage);

/*
 * Runs ecr-fetch and returns its output; kills it at the deadline (monotonic_now()). It inherits
 * fd, if that is not negative. Returns 0 and the output, whatever the exit status, or a negative
 * errno with a reason.
 */
int stage_capture(char *const *arguments, int fd, uint64_t deadline, struct secret *ret,
        struct reason *ret_reason);

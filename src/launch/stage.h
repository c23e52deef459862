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

/*
 * As ecr-refresher.service, whose environment takes the place of ours, or as we are where there is
 * none. arguments: what follows the program's name, ending with NULL; a path
 * is absolute. Returns its exit status, SYSTEMD_STATUS or more where systemd could not start it, or
 * -1 after logging why it could not be run.
 */
int fetcher_run(char *const *arguments);

/* The same as for a pull: with our environment, whatever the unit has. */
int fetcher_run_for_pull(char *const *arguments);

/* As fetcher_run() with ecr-publish. */
int publisher_run(char *const *arguments);

/* Whether there is one: it may be a package of its own. */
bool publisher_is_installed(void);

/*
 * Runs it for what it prints, and ends it at the deadline (monotonic_now()). fd, where not
 * negative, is open under its number there, too. Returns 0 and the output, whatever the exit
 * status, or a negative errno with a reason.
 */
int fetcher_capture(char *const *arguments, int fd, uint64_t deadline, struct secret *ret,
        struct reason *ret_reason);

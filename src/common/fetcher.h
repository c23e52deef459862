/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs ecr-fetch and ecr-publish without systemd: as the user ecr-refresher where we are root. */

#include <stdbool.h>
#include <stdint.h>

#include "reason.h"
#include "secret.h"

/*
 * arguments: what follows the program's name, ending with NULL. Returns its exit status, or -1
 * after logging why it could not be run.
 */
int fetcher_run(char *const *arguments);

/* The same with ecr-publish. */
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

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs ecr-fetch without systemd: as the user ecr-refresher where we are root. */

/*
 * arguments: what follows the program's name, ending with NULL. Returns its exit status, or -1
 * after logging why it could not be run.
 */
int fetcher_run(char *const *arguments);

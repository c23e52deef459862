/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/*
 * Runs a program of ours ("ecr-fetch") with what ecr-refresher.service has and a shell has not: its
 * environment, its environment files, its credentials, its user; by systemd-run(1), as a unit of
 * its own. Returns the exit status (200 and more are systemd's, see systemd.exec(5)), or a negative
 * errno where that cannot be done: systemd does not run, or has no such unit.
 */
int as_service_run(bool is_user, const char *program, char *const *arguments);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Runs a program of ours ("ecr-fetch") with what ecr-refresher.service has and a shell has not: its
 * environment, its environment files, its credentials, its user; by systemd-run(1), as a unit of
 * its own. Returns the process to wait for, which ends with its exit status or with one of
 * systemd's (200 and more, see systemd.exec(5)), or a negative errno where that cannot be done:
 * systemd does not run, or has no such unit.
 */
pid_t transient_service_start(bool is_user, const char *program, char *const *arguments);

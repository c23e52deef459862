/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Runs one of our programs ("ecr-fetch") by systemd-run(1) as a transient unit, with settings that
 * ecr-refresher.service has and a shell does not: environment, environment files, credentials,
 * user. Returns the process to wait for, which ends with the program's exit status or one of
 * systemd's (200 or more, systemd.exec(5)); or a negative errno if systemd does not run or has no
 * such unit.
 */
pid_t transient_service_start(bool is_user, const char *program, char *const *arguments);

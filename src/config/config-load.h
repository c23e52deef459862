/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the programs load at their start: the ini and the tokens, from the places of paths.h. */

#include "config/config.h"
#include "config/paths.h"

/* Exit status where the ini is wrong (EX_CONFIG of sysexits.h, which systemd knows by name). */
#define EXIT_CONFIG 78

/*
 * Reads the ini, and adds what the service's environment asks for; if it log_errors, logs each
 * error. If no ini exists, and none was named with --config, that is an empty one whose is_absent
 * is set. Returns 0, or -EINVAL if it is wrong, cannot be read, or is a link that leads nowhere;
 * *ret is untouched then.
 */
int config_load(const struct paths *paths, struct config *ret, bool log_errors);

/*
 * The same for a program that answers a pull: without the environment, and with the first error as
 * the reason.
 */
int config_load_for_pull(const struct paths *paths, struct config *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Loads the ini from the place that paths.h names. */

#include "config/config.h"
#include "config/paths.h"

/*
 * Reads the ini and adds the sink that the service's environment asks for; logs each error if
 * log_errors. If no ini exists and none was named with --config, the result is empty with is_absent
 * set. Returns 0, or -EINVAL with *ret untouched if the ini is wrong, unreadable or a dangling
 * link.
 */
int config_load(const struct paths *paths, struct config *ret, bool log_errors);

/*
 * Reads the ini for a program that answers a pull: ignores the environment and returns the first
 * error as the reason.
 */
int config_load_for_pull(const struct paths *paths, struct config *ret, struct reason *ret_reason);

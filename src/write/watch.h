/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The path units: one instance of ecr-refresher@.path per watched file, so that a file that cannot
 * be watched affects no other. They run while the timer does. Watching is a convenience;
 * correctness depends only on the timer.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/reason.h"

#define WATCH_MAX 64 /* one inotify instance each; root has 128 for everything */

/*
 * Returns "ecr-refresher@home-alice-.docker-config.json.path", escaped as systemd-escape --path
 * does; owned, or NULL if it is too long for a unit name.
 */
char *watch_unit_name(const char *path);

/*
 * Starts instances for these files and stops all others, over D-Bus, if the timer is active. Does
 * nothing if systemd does not run. Returns 0, or a negative errno with a reason.
 */
int watch_update(bool is_system, char *const *paths, size_t n_paths, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The path units: one instance of ecr-refresher@.path per watched file, so that a file that cannot
 * be watched fails alone. They run while the timer does. Watching is a convenience, the timer the
 * promise.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/reason.h"

#define WATCH_MAX 64 /* one inotify instance each; root has 128 for everything */

/*
 * "ecr-refresher@home-alice-.docker-config.json.path" as systemd-escape --path makes it; owned, or
 * NULL where that is too long for a unit name.
 */
char *watch_unit_name(const char *path);

/*
 * Starts instances for these files and stops all others, over D-Bus, where the timer is active;
 * asks for nothing where systemd does not run. Returns 0, or a negative errno with a reason.
 */
int watch_update(bool is_system, char *const *paths, size_t n_paths, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `ecr-publish --check`: the clusters' part of `ecr-refresher check`. */

#include <stdbool.h>

/* Prints what it finds. online: asks the clusters, too. Returns the exit status. */
int publish_check_run(const char *config, bool online);

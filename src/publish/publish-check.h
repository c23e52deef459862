/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `ecr-publish --check`: the sinks' part of `ecr-refresher check`. */

#include <stdbool.h>

/* Prints the findings. online: also calls the clusters. Returns the exit status. */
int publish_check_run(const char *config, bool online);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher status: shows each registry, file and cluster. */

#include "refresher/command-options.h"

int command_status(int argc, char *argv[], struct common_options *common);

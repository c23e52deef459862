/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher write: the second stage of the unit. */

#include "refresher/command-options.h"

int command_write(int argc, char *argv[], struct common_options *common);

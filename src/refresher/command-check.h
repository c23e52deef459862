/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher check: reports why a pull would fail, and how to fix it. */

#include "refresher/command-options.h"

int command_check(int argc, char *argv[], struct common_options *common);

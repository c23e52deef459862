/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher refresh: all stages, one after the other, now. */

#include "refresher/command-options.h"

int command_refresh(int argc, char *argv[], struct common_options *common);

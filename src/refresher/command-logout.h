/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher logout: removes our entries from the users' files. */

#include "refresher/command-options.h"

int command_logout(int argc, char *argv[], struct common_options *common);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher get-authorization: the HTTP header for a registry. */

#include "refresher/command-options.h"

int command_get_authorization(int argc, char *argv[], struct common_options *common);

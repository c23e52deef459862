/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher get-login-password: what `aws ecr get-login-password` prints. */

#include "refresher/command-options.h"

int command_get_login_password(int argc, char *argv[], struct common_options *common);

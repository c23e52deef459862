/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What get-login-password and get-authorization have in common. */

#include "pull/pull.h"
#include "refresher/command-options.h"

/*
 * Reads the arguments [HOST] [--region REGION] and gets the token. usage is the command's help.
 * Returns -1 and the token, or an exit status after logging why.
 */
int get_token_command(int argc, char *argv[], struct common_options *common, const char *usage,
        struct pull_token *ret);

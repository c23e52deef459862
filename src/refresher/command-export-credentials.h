/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher export-credentials: AWS credentials as a credential_process prints them. */

#include "refresher/command-options.h"

int command_export_credentials(int argc, char *argv[], struct common_options *common);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher credential-helper: passwords for docker, podman, skopeo and buildah. */

#include "refresher/command-options.h"

int command_credential_helper(int argc, char *argv[], struct common_options *common);

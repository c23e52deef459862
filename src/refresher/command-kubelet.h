/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ecr-refresher kubelet-credential-provider: passwords for kubelet. */

#include "refresher/command-options.h"

int command_kubelet(int argc, char *argv[], struct common_options *common);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The variables of the container rancher/rancher-ecr-credentials, so that its users can move over
 * with their environment as it is. For state.c, after the ini.
 */

#include "base/reason.h"
#include "config/config.h"

#define CONFIG_ENVIRONMENT_SECTION "environment"

/*
 * Where CATTLE_URL is set and the ini has no [rancher NAME]: adds a section "environment", its
 * registries those of AWS_ECR_REGISTRY_IDS in the region in force, or else the identity's own. With
 * AWS_ROLE_ARN and no web identity they get an identity of that name, which assumes the role. Keys
 * and address stay in the environment. Returns 0, or -EINVAL with a reason and *config as it was.
 */
int config_add_environment(struct config *config, struct reason *ret_reason);

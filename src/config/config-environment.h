/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The variables of the container rancher/rancher-ecr-credentials, so that its users can move over
 * with their environment as it is.
 */

#include "base/reason.h"
#include "config/config.h"

#define CONFIG_ENVIRONMENT_SECTION "environment"

/*
 * Adds a sink "environment" if CATTLE_URL is set and the ini, read before, has no [rancher NAME].
 * Its registries are those of AWS_ECR_REGISTRY_IDS in the current region, or else the identity's
 * own. If AWS_ROLE_ARN is set without a web identity, they use an identity of that name, which
 * assumes the role. Keys and address stay in the environment. Returns 0, or -EINVAL with a reason
 * and *config unchanged.
 */
int config_add_environment(struct config *config, struct reason *ret_reason);

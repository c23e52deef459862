/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The region of `registries = auto` for an identity whose section names none. */

#include "aws/registry-host.h"
#include "fetch/identity/identity.h"

/*
 * Finds the identity's own region (the ini, the environment, the profile), else the one of the EC2
 * instance we run on. Returns 0, or a negative errno with a reason.
 */
int auto_region_find(const struct identity *identity, char ret_region[static REGION_MAX_SIZE],
        struct reason *ret_reason);

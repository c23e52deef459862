/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The role of an EC2 instance, and the region it is in. */

#include "aws/registry-host.h"
#include "fetch/providers/provider.h"

int provider_imds(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

/*
 * Gets the region of the EC2 instance we run on. Returns 1; 0 with a reason if this is no instance
 * or IMDS is disabled; or a negative errno with a reason.
 */
int imds_region(const struct identity *identity, char ret_region[static REGION_MAX_SIZE],
        struct reason *ret_reason);

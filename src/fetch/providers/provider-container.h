/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The role of an ECS task or an EKS pod. */

#include "fetch/providers/provider.h"

int provider_container(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

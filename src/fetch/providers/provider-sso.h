/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* IAM Identity Center: the session of `aws sso login`. */

#include "fetch/providers/provider.h"

int provider_sso(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

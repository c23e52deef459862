/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* IAM Roles Anywhere: a certificate for a role. */

#include "fetch/providers/provider.h"

int provider_roles_anywhere(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

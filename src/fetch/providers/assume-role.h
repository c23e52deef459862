/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The role of a profile. The owner of the shared files controls the profile. */

#include "fetch/api/sts.h"
#include "fetch/identity/identity.h"

/*
 * What a profile says of its role; it points into the profile. Returns 0, or -EINVAL with a reason
 * where duration_seconds is none.
 */
int role_read(const struct profile *profile, struct sts_role *ret, struct reason *ret_reason);

/* Assumes the role of a profile. Returns 0, or a negative errno with a reason. */
int role_assume(const struct identity *identity, const struct profile *profile,
        const struct credentials *base, struct credentials *ret, struct reason *ret_reason);

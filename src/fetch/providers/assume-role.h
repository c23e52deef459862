/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The role of a profile. The owner of the shared files controls the profile. */

#include "fetch/api/sts.h"
#include "fetch/identity/identity.h"

/*
 * Reads the role's settings, which stay the profile's. Returns 0, or -EINVAL with a reason if
 * duration_seconds is invalid.
 */
int role_read(const struct profile *profile, struct sts_role *ret, struct reason *ret_reason);

/*
 * Assumes the role of a profile with the base credentials. Returns 0, or a negative errno with a
 * reason.
 */
int role_assume(const struct identity *identity, const struct profile *profile,
        const struct credentials *base, struct credentials *ret, struct reason *ret_reason);

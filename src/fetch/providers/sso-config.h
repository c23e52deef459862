/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a profile says about IAM Identity Center. */

#include "aws/profile.h"

/* Owned by the profiles. */
struct sso_config {
	const char *session; /* the name of an [sso-session]; NULL: the legacy form */
	const char *start_url;
	const char *region;
	const char *account_id;
	const char *role_name;
};

/*
 * Pure. Returns 1 and *ret; 0 with a reason where the profile is none of Identity Center's;
 * -EINVAL with a reason where something is missing, contradictory or malformed.
 */
int sso_config_read(const struct profile_set *profiles, const struct profile *profile,
        struct sso_config *ret, struct reason *ret_reason);

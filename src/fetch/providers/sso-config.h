/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The settings of a profile for IAM Identity Center. */

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
 * Pure. Returns 1 and *ret; 0 with a reason if the profile does not use Identity Center; or -EINVAL
 * with a reason if a setting is missing, contradictory or malformed.
 */
int sso_config_read(const struct profile_set *profiles, const struct profile *profile,
        struct sso_config *ret, struct reason *ret_reason);

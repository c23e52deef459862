/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The roles that a profile requires, each assumed with the previous one, and the credentials that
 * assume the first. Source: "Assume role credential provider" in the AWS SDKs and Tools Reference
 * Guide. The owner of the shared files, or the administrator, controls the profiles.
 */

#include "aws/profile.h"

#define ROLE_CHAIN_MAX 16

/* The source of the first credentials. */
enum role_base {
	ROLE_BASE_PROFILE, /* a profile with its own credentials */
	ROLE_BASE_ENVIRONMENT,
	ROLE_BASE_EC2,
	ROLE_BASE_CONTAINER,
};

struct role_chain {
	enum role_base base;
	const struct profile *base_profile; /* if ROLE_BASE_PROFILE; a role it names is ignored */
	const struct profile *roles[ROLE_CHAIN_MAX]; /* in the order of assuming them */
	size_t n_roles;                              /* 0: start has its own credentials */
};

/*
 * Pure. Plans the chain of a profile. Returns 0; -EINVAL, -ENOENT or -ELOOP with a reason if a role
 * has no source or two, a profile does not exist or has no credentials, or the sources form a
 * cycle; or an error of profile_can_assume_role().
 */
int role_chain_plan(const struct profile_set *set, const struct profile *start,
        struct role_chain *ret, struct reason *ret_reason);

/*
 * Reports whether the profile requires a role, other than with a web identity token or certificate.
 */
bool profile_wants_role(const struct profile *profile);

/* Reports whether the profile has its own credentials, from keys or from a provider. */
bool profile_has_credentials(const struct profile *profile);

/*
 * Returns 0, or -EINVAL with a reason if the role requires an MFA code, which a service cannot
 * enter.
 */
int profile_can_assume_role(const struct profile *profile, struct reason *ret_reason);

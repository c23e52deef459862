/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which roles a profile asks for, one out of the other, and whose credentials the first of them is
 * assumed with. Source: "Assume role credential provider" in the AWS SDKs and Tools Reference
 * Guide. The owner of the shared files, or the administrator, controls the profiles.
 */

#include "aws/profile.h"

#define ROLE_CHAIN_MAX 16

/* Who stands at the beginning. */
enum role_base {
	ROLE_BASE_PROFILE, /* a profile with credentials of its own */
	ROLE_BASE_ENVIRONMENT,
	ROLE_BASE_EC2,
	ROLE_BASE_CONTAINER,
};

struct role_chain {
	enum role_base base;
	const struct profile *base_profile; /* ROLE_BASE_PROFILE: which, whatever role it names */
	const struct profile *roles[ROLE_CHAIN_MAX]; /* in the order they are assumed in */
	size_t n_roles;                              /* 0: start has credentials of its own */
};

/*
 * Pure. Returns 0; or -EINVAL, -ENOENT, -ELOOP with a reason: no source or two, no such profile, a
 * source without credentials, a cycle, or what can_assume_role() says.
 */
int role_chain_plan(const struct profile_set *set, const struct profile *start,
        struct role_chain *ret, struct reason *ret_reason);

/* Whether the profile wants a role assumed, other than for a web identity token or a certificate.
 */
bool profile_wants_role(const struct profile *profile);

/* Whether it is set up with credentials of its own: keys, a certificate, a token file, SSO, a
 * process, a login. */
bool profile_has_credentials(const struct profile *profile);

/* Returns 0, or -EINVAL with a reason where nobody is there to type in a code for mfa_serial. */
int profile_can_assume_role(const struct profile *profile, struct reason *ret_reason);

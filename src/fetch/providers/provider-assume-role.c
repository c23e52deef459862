/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A role, assumed with the credentials of somebody else: of another profile, which may have a role
 * itself, or of what credential_source names. The chain is planned before anything is asked.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aws/profile.h"
#include "fetch/identity/role-chain.h"
#include "fetch/providers/assume-role.h"
#include "fetch/providers/provider-chain.h"

#define DURATION_MIN 900
#define DURATION_MAX 43200

int role_read(const struct profile *profile, struct sts_role *ret, struct reason *ret_reason)
{
	const char *duration = profile_string(profile, "duration_seconds");
	unsigned long seconds = 0;
	char label[PROFILE_LABEL_SIZE], *end = NULL;

	if (duration) {
		seconds = strtoul(duration, &end, 10);
		if (*end || seconds < DURATION_MIN || seconds > DURATION_MAX)
			return reason_set(ret_reason, EINVAL, "bad-duration",
			        "%s: bad duration_seconds \"%.20s\"; expected %d to %d",
			        profile_label(profile, label, sizeof(label)), duration,
			        DURATION_MIN, DURATION_MAX);
	}
	*ret = (struct sts_role){
	        .role_arn = profile_string(profile, "role_arn"),
	        .session_name = profile_string(profile, "role_session_name"),
	        .external_id = profile_string(profile, "external_id"),
	        .duration_seconds = (unsigned)seconds,
	};
	return 0;
}

int role_assume(const struct identity *identity, const struct profile *profile,
        const struct credentials *base, struct credentials *ret, struct reason *ret_reason)
{
	struct sts_role role;
	int r = role_read(profile, &role, ret_reason);

	if (r == 0)
		r = sts_assume_role(identity, base, &role, ret, ret_reason);
	if (r == 0)
		ret->warning = base->warning;
	return r;
}

/* The credentials at the beginning of a chain. */
static int ask_base(const struct identity *identity, const struct role_chain *chain,
        struct credentials *ret, struct reason *ret_reason)
{
	char label[PROFILE_LABEL_SIZE];
	int r;

	switch (chain->base) {
	case ROLE_BASE_ENVIRONMENT:
		r = provider_environment(identity, NULL, ret, ret_reason);
		break;
	case ROLE_BASE_EC2:
		r = provider_imds(identity, NULL, ret, ret_reason);
		break;
	case ROLE_BASE_CONTAINER:
		r = provider_container(identity, NULL, ret, ret_reason);
		break;
	default:
		r = provider_chain_try_profile(
		        identity, chain->base_profile, ret, ret_reason, NULL);
	}
	if (r > 0)
		return 0;
	reason_prefix(ret_reason, 0, "%s has nobody to assume its role: ",
	        profile_label(chain->roles[0], label, sizeof(label)));
	return r < 0 ? r : -ENOENT;
}

int provider_assume_role(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	_cleanup_(credentials_done) struct credentials current = {};
	struct role_chain chain;
	int r;

	if (!profile_wants_role(profile)) {
		reason_set(ret_reason, ENOENT, "not-set", "role: no role_arn");
		return 0;
	}
	r = role_chain_plan(&identity->profiles, profile, &chain, ret_reason);
	if (r == 0)
		r = ask_base(identity, &chain, &current, ret_reason);
	for (size_t i = 0; r == 0 && i < chain.n_roles; i++) {
		struct credentials next = {};

		r = role_assume(identity, chain.roles[i], &current, &next, ret_reason);
		if (r < 0)
			break;
		credentials_done(&current);
		current = next;
	}
	if (r < 0)
		return r;
	*ret = current;
	current = (struct credentials){};
	return 1;
}

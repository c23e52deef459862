/* SPDX-License-Identifier: Apache-2.0 */

/* Providers that are still to come: what they would serve is refused, not passed over. */

#include <errno.h>

#include "identity.h"
#include "role-chain.h"

static int refuse(const struct profile *profile, const char *key, struct reason *ret_reason)
{
	if (profile && profile_string(profile, key))
		return reason_set(ret_reason, EOPNOTSUPP, "unsupported",
		        "%s is what this version cannot use; give the identity keys of its own",
		        key);
	reason_set(ret_reason, ENOENT, "not-set", "%s: not set", key);
	return 0;
}

#define STUB(name, key)                                                                            \
	__attribute__((weak)) int provider_##name(_unused_ const struct identity *identity,        \
	        const struct profile *profile, _unused_ struct credentials *ret,                   \
	        struct reason *ret_reason)                                                         \
	{                                                                                          \
		return refuse(profile, key, ret_reason);                                           \
	}

STUB(roles_anywhere, "trust_anchor_arn")

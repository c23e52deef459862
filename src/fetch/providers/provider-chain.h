/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The default credential provider chain: the providers in the order of the AWS CLI. The first that
 * has credentials wins, and one that fails ends the search.
 */

#include "fetch/providers/provider.h"

#define ATTEMPTS_MAX 16

/* A provider that was tried, and its result. */
struct attempt {
	const char *provider; /* as in credentials: "environment", "sso", "imds" … */
	int outcome;          /* 1, 0 or negative: provider.h */
	struct reason reason; /* unless the outcome is 1 */
};

struct attempt_list {
	struct attempt items[ATTEMPTS_MAX];
	size_t count;
};

/*
 * Resolves an identity. Returns 0 and credentials; or a negative errno and a reason that names
 * every provider tried. ret_attempts, which may be NULL, is filled in either way.
 */
int provider_chain_resolve(const struct identity *identity, struct credentials *ret,
        struct reason *ret_reason, struct attempt_list *ret_attempts);

/*
 * Gets the credentials of one profile alone, without the role it may have, as a source_profile
 * supplies them: neither the environment nor the machine is tried. Returns 1, 0 if it has none, or
 * a negative errno; with a reason unless 1. ret_attempts may be NULL; attempts are added to it.
 */
int provider_chain_try_profile(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason, struct attempt_list *ret_attempts);

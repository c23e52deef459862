/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The order the providers are asked in. identity_resolve() is implemented here, too. */

#include "fetch/identity/identity.h"

/*
 * The credentials of one profile alone, whatever role it has, as a source_profile gives them: no
 * environment, no metadata service. Returns 1, 0 where it has none, or a negative errno; below 1
 * with a reason. ret_tried may be NULL; what was asked is added to it.
 */
int provider_chain_try_profile(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason, struct tried_list *ret_tried);

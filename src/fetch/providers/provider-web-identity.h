/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A role assumed with a web identity token. */

#include "fetch/providers/provider.h"

/*
 * With a profile only its settings count. With NULL the environment comes first, and the profile in
 * use supplies what it does not set.
 */
int provider_web_identity(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Access keys in the environment. */

#include "fetch/providers/provider.h"

int provider_environment(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

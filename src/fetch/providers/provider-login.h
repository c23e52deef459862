/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The session of `aws login`. */

#include "fetch/providers/provider.h"

int provider_login(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

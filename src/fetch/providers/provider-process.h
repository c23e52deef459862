/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The command in credential_process. */

#include "fetch/providers/provider.h"

int provider_process(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

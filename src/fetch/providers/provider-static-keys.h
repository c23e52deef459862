/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Access keys in a profile of the shared files. */

#include "fetch/providers/provider.h"

int provider_credentials_file(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_config_file(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

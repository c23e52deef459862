/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A provider gets AWS credentials in one particular way. It is one function, in its own
 * provider-NAME.c, and a row of the list in provider-chain.c. It returns
 *
 *   1   with credentials
 *   0   if it is not configured; the reason names the missing setting
 *   <0  if it is configured and fails; the reason has the cause, and no other provider is tried
 *
 * profile is the one to read: the profile in use, a source_profile, or the ini's section in the
 * form of a profile. It is NULL for providers that read the environment or ask the machine.
 */

#include "fetch/identity/credentials.h"
#include "fetch/identity/identity.h"

typedef int (*provider_function)(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

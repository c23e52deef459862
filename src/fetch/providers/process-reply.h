/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The output of a credential_process. Source: "Process credential provider" in the AWS SDKs and
 * Tools Reference Guide. The command's author controls it.
 */

#include "base/reason.h"
#include "fetch/identity/credentials.h"

/*
 * Pure. label names the profile ('profile "prod"') in the reason; account is the profile's, for
 * output without one, or NULL. Returns 0, or -EBADMSG with a reason that repeats nothing of the
 * output. Expired credentials are accepted.
 */
int process_read_credentials(const char *output, size_t size, const char *label,
        const char *account, struct credentials *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a credential_process prints. Source: "Process credential provider" in the AWS SDKs and Tools
 * Reference Guide. The command's author controls it.
 */

#include "base/reason.h"
#include "fetch/identity/credentials.h"

/*
 * Pure. label says whose process it is ('profile "prod"'), for the reason; account is what the
 * profile says where the output does not, or NULL. Returns 0; -EBADMSG with a reason that repeats
 * nothing of the output. Whether credentials have expired is for AWS to say: our clock may be
 * wrong.
 */
int process_read_credentials(const char *output, size_t size, const char *label,
        const char *account, struct credentials *ret, struct reason *ret_reason);

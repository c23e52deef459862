/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The replies of AWS STS, as XML. The network controls them. */

#include "fetch/api/sts.h"

/*
 * Pure. Source: AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity in the AWS STS API
 * reference. Return 0, or -EBADMSG with a reason; a reply with a DTD is refused.
 */
int sts_parse_credentials(
        const char *body, size_t size, struct credentials *ret, struct reason *ret_reason);
int sts_parse_caller(
        const char *body, size_t size, struct sts_caller *ret, struct reason *ret_reason);

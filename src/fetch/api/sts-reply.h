/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The replies of AWS STS, as XML. The network controls them. */

#include "base/reason.h"
#include "fetch/identity/credentials.h"

#define STS_ARN_MAX_SIZE 2049 /* the API's limit, and a NUL */

/* The principal that credentials belong to. */
struct sts_caller {
	char arn[STS_ARN_MAX_SIZE];
	char account[16];
	char user_id[256];
};

/*
 * Pure. Reads a reply; one with a DTD is refused. Returns 0, or -EBADMSG with a reason. Source:
 * AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity in the AWS STS API reference.
 */
int sts_parse_credentials(
        const char *body, size_t size, struct credentials *ret, struct reason *ret_reason);
int sts_parse_caller(
        const char *body, size_t size, struct sts_caller *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the instance metadata service answers. Whoever answers controls it. All of this is pure. */

#include "aws/registry-host.h"
#include "base/reason.h"
#include "fetch/identity/credentials.h"

#define IMDS_ROLE_MAX_SIZE 129

/* The first line of security-credentials/: a role's name. Returns 0, or -EBADMSG with a reason. */
int imds_read_role(const char *body, size_t size, char ret[static IMDS_ROLE_MAX_SIZE],
        struct reason *ret_reason);

/*
 * security-credentials/ROLE. Returns 0, -EREMOTEIO with a reason and its code where IMDS says why
 * it has none, -EBADMSG with a reason.
 */
int imds_read_credentials(const char *body, size_t size, const char *role, struct credentials *ret,
        struct reason *ret_reason);

/* placement/region. Returns 0, or -EBADMSG with a reason. */
int imds_read_region(
        const char *body, size_t size, char ret[static REGION_MAX_SIZE], struct reason *ret_reason);

/*
 * Static stability, as botocore's InstanceMetadataFetcher: while EC2 cannot renew a role's
 * credentials it hands out the old ones, and AWS goes on taking them. Those that have expired or
 * are about to are taken to live a while longer. random is a uniform number in [0, 1].
 */
int64_t imds_extend(int64_t expires_at, int64_t now, double random);

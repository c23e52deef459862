/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The replies of the instance metadata service; the server at its address controls them. Pure. */

#include "aws/registry-host.h"
#include "base/reason.h"
#include "fetch/identity/credentials.h"

#define IMDS_ROLE_MAX_SIZE 129

/*
 * Reads the first line of security-credentials/, a role's name. Returns 0, or -EBADMSG with a
 * reason.
 */
int imds_read_role(const char *body, size_t size, char ret[static IMDS_ROLE_MAX_SIZE],
        struct reason *ret_reason);

/*
 * Reads security-credentials/ROLE. Returns 0; -EREMOTEIO with a reason and IMDS's code if the reply
 * is an error; or -EBADMSG with a reason.
 */
int imds_read_credentials(const char *body, size_t size, const char *role, struct credentials *ret,
        struct reason *ret_reason);

/* Reads placement/region. Returns 0, or -EBADMSG with a reason. */
int imds_read_region(
        const char *body, size_t size, char ret[static REGION_MAX_SIZE], struct reason *ret_reason);

/*
 * Returns a later expiry for credentials that have expired or soon will. Static stability, as in
 * botocore's InstanceMetadataFetcher: while EC2 cannot renew a role's credentials, it returns the
 * old ones, and AWS still accepts them. random is a uniform number in [0, 1].
 */
int64_t imds_extend(int64_t expires_at, int64_t now, double random);

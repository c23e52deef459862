/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GetAuthorizationToken of Amazon ECR and ECR Public. The network controls the reply. Source: the
 * Amazon ECR and ECR Public API references.
 */

#include "aws/registry-host.h"
#include "base/reason.h"
#include "fetch/api/ecr-reply.h"
#include "fetch/identity/credentials.h"

struct identity;

struct ecr_call {
	const struct identity *identity; /* its endpoint settings apply; or NULL */
	enum aws_service service;
	const struct partition *partition;
	const char *region;
	bool fips; /* required by a registry's host; the identity may also require it */
	bool dualstack;
	const struct credentials *credentials;
	uint64_t deadline; /* monotonic_now() */
};

/*
 * Gets a token, with retries. Returns 0, or a negative errno with a reason. *ret_skew is the number
 * of seconds by which the service's clock is ahead, if that was compensated, else 0.
 */
int ecr_get_authorization_token(const struct ecr_call *call, struct ecr_token *ret,
        int64_t *ret_skew, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GetAuthorizationToken of Amazon ECR and ECR Public.
 * Source: the Amazon ECR and ECR Public API references.
 */

#include "aws/registry-host.h"
#include "base/reason.h"
#include "fetch/identity/credentials.h"

struct ecr_token {
	struct secret authorization; /* base64 of "AWS:password" */
	int64_t expires_at;
	char proxy_host[HOST_NAME_MAX_SIZE]; /* of the caller's own account; "" for ECR Public */
};

struct identity;

struct ecr_call {
	const struct identity *identity; /* whose endpoint settings count; or NULL */
	enum aws_service service;
	const struct partition *partition;
	const char *region;
	bool fips; /* asked for by a registry's host; the identity may ask for it, too */
	bool dualstack;
	const struct credentials *credentials;
	uint64_t deadline; /* monotonic_now() */
};

/*
 * Asks for a token, with retries. Returns 0, or a negative errno with a reason. *ret_skew is how
 * far the service's clock is ahead of ours, in seconds, where that had to be made up for, else 0.
 */
int ecr_get_authorization_token(const struct ecr_call *call, struct ecr_token *ret,
        int64_t *ret_skew, struct reason *ret_reason);

/* Pure: reads a reply. now is the service's. Returns 0, or -EBADMSG with a reason. */
int ecr_parse_token(const char *body, size_t size, enum aws_service service, int64_t now,
        struct ecr_token *ret, struct reason *ret_reason);

void ecr_token_done(struct ecr_token *t);

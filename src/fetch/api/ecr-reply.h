/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The reply to GetAuthorizationToken. The network controls it. */

#include "aws/registry-host.h"
#include "base/reason.h"
#include "base/secret.h"

struct ecr_token {
	struct secret authorization; /* base64 of "AWS:password" */
	int64_t expires_at;
	char proxy_host[HOST_NAME_MAX_SIZE]; /* of the caller's own account; "" for ECR Public */
};

/*
 * Pure. now is the service's time in seconds since 1970. Returns 0, or -EBADMSG with a reason.
 */
int ecr_parse_token(const char *body, size_t size, enum aws_service service, int64_t now,
        struct ecr_token *ret, struct reason *ret_reason);

void ecr_token_done(struct ecr_token *t);

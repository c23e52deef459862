/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A token at the time of a pull: for docker's credential helpers, kubelet's plugin and scripts. The
 * caller controls the host; a foreign host is distinguished from a failure.
 */

#include <stdint.h>

#include "aws/registry-host.h"
#include "base/reason.h"
#include "base/secret.h"
#include "pull/pull-request.h"

struct pull_token {
	struct secret authorization; /* base64 of "AWS:password", as in config.json */
	char host[HOST_NAME_MAX_SIZE];
	int64_t expires_at; /* by our clock */
	int64_t fetched_at;
	bool cache_was_broken; /* and has been rebuilt, which should be logged once */
};

/*
 * Gets a token from the service if its tokens are readable, otherwise from the caller's own cache,
 * otherwise from AWS. Returns 0; -ENOTSUP if the host is not an ECR registry (neither by its name
 * nor by the ini); or another negative errno. On failure a reason is set and *ret is untouched.
 */
int pull_get_token(
        const struct pull_request *request, struct pull_token *ret, struct reason *ret_reason);

void pull_token_done(struct pull_token *a);

/* What a pull would use without a request to AWS. */
struct pull_preview {
	bool is_of_service; /* the service's token; otherwise the cache's */
	int64_t expires_at; /* of a valid token; 0: none */
	int64_t failing_since;
	struct reason failure; /* of the last request to AWS; code "" if it succeeded */
};

/*
 * Reads the tokens as this user, and changes nothing. Returns 0, or a negative errno with a reason
 * as pull_get_token() does.
 */
int pull_preview(const char *host, struct pull_preview *ret, struct reason *ret_reason);

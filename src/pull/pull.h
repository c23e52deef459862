/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A token at the moment somebody pulls: for docker's credential helpers, kubelet's plugin and
 * scripts. Whoever pulls controls the host; what is a foreign host is told apart from what failed.
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
	bool cache_was_broken; /* and is mended: to be told, once */
};

/*
 * From the service's tokens where they may be read, else from the caller's own cache, else from
 * AWS. Returns 0; -ENOTSUP where the host is no ECR registry (neither by its name nor in the ini);
 * another negative errno where there is no token. ret_reason says why in both cases, *ret is
 * untouched then.
 */
int pull_get_token(
        const struct pull_request *request, struct pull_token *ret, struct reason *ret_reason);

void pull_token_done(struct pull_token *a);

/* What a pull would go by, had it not to ask AWS. */
struct pull_preview {
	bool is_of_service; /* the service's token; otherwise it is of the cache */
	int64_t expires_at; /* of a token that can be used; 0: there is none */
	int64_t failing_since;
	struct reason failure; /* of the last pull that asked AWS; code "" where that was good */
};

/*
 * Looks, as this user, and changes nothing. Returns 0, or a negative errno with a reason as
 * pull_answer_get() does.
 */
int pull_preview(const char *host, struct pull_preview *ret, struct reason *ret_reason);

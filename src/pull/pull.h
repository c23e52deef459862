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

#define PULL_TIMEOUT_USEC (10 * UINT64_C(1000000))

struct pull_request {
	const char *host;   /* as the caller has it: any case, scheme, port and path allowed */
	const char *config; /* --config, or NULL */
	uint64_t deadline;  /* monotonic_now(); 0: PULL_TIMEOUT_USEC from now */
	/* From kubelet, for a service account: this role with this token, and nothing else. Both
	 * or neither. Such an answer is kept by the caller alone. */
	const char *role_arn;
	const struct secret *web_identity_token;
};

struct pull_answer {
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
int pull_answer_get(
        const struct pull_request *request, struct pull_answer *ret, struct reason *ret_reason);

void pull_answer_done(struct pull_answer *a);

/* What a pull would go by, had it not to ask AWS. */
struct pull_view {
	bool is_of_service; /* the service's token; otherwise it is of the cache */
	int64_t expires_at; /* of a token that can be used; 0: there is none */
	int64_t failing_since;
	struct reason failure; /* of the last pull that asked AWS; code "" where that was good */
};

/*
 * Looks, as this user, and changes nothing. Returns 0, or a negative errno with a reason as
 * pull_answer_get() does.
 */
int pull_look(const char *host, struct pull_view *ret, struct reason *ret_reason);

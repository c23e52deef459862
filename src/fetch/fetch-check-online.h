/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A check's requests to AWS and the registries, and the findings about them. Nothing is kept. */

#include "config/plan.h"
#include "fetch/api/ecr.h"
#include "fetch/api/sts.h"
#include "fetch/providers/provider-chain.h"
#include "state/tokens.h"
#include "status/findings.h"

/* An identity under check. */
struct fetch_check_identity {
	size_t index; /* index in the configuration */
	int error;
	struct reason reason;
	struct identity identity;
	struct credentials credentials;
	char region[REGION_MAX_SIZE]; /* of "auto" */
	struct reason region_reason;  /* why "auto" has no region; its code is "" otherwise */
	struct attempt_list attempts;
	int caller_error; /* online only, like the next two */
	struct reason caller_reason;
	struct sts_caller caller;
};

/* A GetAuthorizationToken request. */
struct fetch_check_token {
	const struct token_request *request;
	const struct fetch_check_identity *identity;
	int error;
	struct reason reason;
	struct ecr_token token;
	int64_t skew;
};

/* A registry, and whether it accepts a token. */
struct fetch_check_registry {
	const char *host;
	enum aws_service service;
	const struct secret *authorization;
	bool is_in_use; /* the clients have this token; otherwise it was fetched just now */
	bool is_tried;
	int error;
	struct reason reason;
	long status;
	int64_t skew; /* by the reply's date */
};

void fetch_check_get_token(struct fetch_check_token *t, uint64_t deadline);
void fetch_check_try_registry(struct fetch_check_registry *r, uint64_t deadline);

void fetch_check_report_token(const struct fetch_check_token *t, struct findings *ret);
/* is_system: root would type the commands. */
void fetch_check_report_registry(
        const struct fetch_check_registry *r, bool is_system, struct findings *ret);

/* ahead: seconds by which AWS's clock is ahead of ours. */
void fetch_check_report_skew(int64_t ahead, struct findings *ret);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a check asks AWS and the registries; nothing of it is kept. */

#include "config/plan.h"
#include "fetch/api/ecr.h"
#include "fetch/api/sts.h"
#include "fetch/providers/provider-chain.h"
#include "state/tokens.h"
#include "status/findings.h"

/* An identity that is looked at. */
struct fetch_check_identity {
	size_t index; /* in the configuration */
	int error;
	struct reason reason;
	struct identity identity;
	struct credentials credentials;
	char region[REGION_MAX_SIZE]; /* of "auto" */
	struct reason region_reason;  /* why "auto" has no region; its code is "" otherwise */
	struct attempt_list tried;
	int caller_error; /* online only, as are the next two */
	struct reason caller_reason;
	struct sts_caller caller;
};

/* One GetAuthorizationToken. */
struct fetch_check_token {
	const struct token_request *request;
	const struct fetch_check_identity *identity;
	int error;
	struct reason reason;
	struct ecr_token token;
	int64_t skew;
};

/* One registry that is asked whether it takes a token. */
struct fetch_check_registry {
	const char *host;
	enum aws_service service;
	const struct secret *authorization;
	bool is_in_use; /* the clients have it; otherwise it was fetched just now */
	bool is_asked;
	int error;
	struct reason reason;
	long status;
	int64_t skew; /* by the reply's date */
};

void fetch_check_ask_token(struct fetch_check_token *t, uint64_t deadline);
void fetch_check_ask_registry(struct fetch_check_registry *r, uint64_t deadline);

void fetch_check_report_token(const struct fetch_check_token *t, struct findings *ret);
/* is_system: it is root who would type what is to be typed. */
void fetch_check_report_registry(
        const struct fetch_check_registry *r, bool is_system, struct findings *ret);

/* ahead: by how much AWS's clock is ahead of ours. */
void fetch_check_report_skew(int64_t ahead, struct findings *ret);

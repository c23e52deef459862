/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Gets a token from AWS by running ecr-fetch: no network code is linked here. */

#include "base/reason.h"
#include "pull/pull-request.h"
#include "state/tokens.h"

/*
 * Fills in everything but the key of *token, which the caller has set. Returns 0, or a negative
 * errno with a reason.
 */
int pull_fetch_token(const struct pull_request *request, uint64_t deadline, struct token *token,
        struct reason *ret_reason);

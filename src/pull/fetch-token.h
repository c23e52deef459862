/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asks AWS, by way of ecr-fetch: no network code is linked here. */

#include "base/reason.h"
#include "pull/pull-request.h"
#include "state/tokens.h"

/*
 * Fills in the answer's part of *token, whose key is given. Returns 0, or a negative errno with a
 * reason.
 */
int pull_fetch_token(const struct pull_request *request, uint64_t deadline, struct token *token,
        struct reason *ret_reason);

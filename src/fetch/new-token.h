/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ECR's reply as a token of tokens.json. */

#include "fetch/api/ecr-reply.h"
#include "fetch/identity/credentials.h"
#include "state/tokens.h"

/*
 * Fills in what the reply says and whose credentials it is for; the request's own fields stay.
 * Takes the authorization out of fresh. now is this machine's time, skew how many seconds AWS's
 * clock is ahead of it. Returns 0, or a negative errno with a reason if the token is unusable.
 */
int new_token_fill(struct token *token, struct ecr_token *fresh, const struct credentials *by,
        int64_t now, int64_t skew, struct reason *ret_reason);

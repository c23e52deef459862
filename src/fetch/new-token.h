/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A token of tokens.json from ECR's reply. */

#include "fetch/api/ecr-reply.h"
#include "fetch/identity/credentials.h"
#include "state/tokens.h"

/*
 * Fills in what comes from the reply and the credentials; the fields of the request stay. Moves the
 * authorization out of fresh. now is this machine's time, skew the seconds by which AWS's clock is
 * ahead. Returns 0, or a negative errno with a reason if the token is unusable.
 */
int new_token_fill(struct token *token, struct ecr_token *fresh, const struct credentials *by,
        int64_t now, int64_t skew, struct reason *ret_reason);

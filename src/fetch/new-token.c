/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/new-token.h"

#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"

#define MAX_JITTER 100 /* per mille of its life, so that a fleet does not renew all at once */

int new_token_fill(struct token *token, struct ecr_token *fresh, const struct credentials *by,
        int64_t now, int64_t skew, struct reason *ret_reason)
{
	unsigned random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (unsigned)now;
	secret_move(&token->authorization, &fresh->authorization);
	memcpy(token->auto_host, fresh->proxy_host, sizeof(token->auto_host));
	token->principal = xstrdup(by->access_key_id);
	token->provider = xstrdup(by->provider);
	/* By this machine's clock, right or wrong. */
	token_set_times(token, now, fresh->expires_at - skew);
	token->jitter = random % (MAX_JITTER + 1);
	return token_check(token, ret_reason);
}

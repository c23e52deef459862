/* SPDX-License-Identifier: Apache-2.0 */
#include "state/token-life.h"

#define LATEST_RENEWAL 950 /* per mille; leaves time for a failed attempt or two */

enum token_life token_life(int64_t fetched_at, int64_t expires_at, int64_t renewal, int64_t now)
{
	if (!expires_at)
		return TOKEN_NONE;
	if (fetched_at - TOKEN_MAX_AHEAD_SEC > now)
		return TOKEN_AHEAD;
	if (now >= token_life_end(fetched_at, expires_at))
		return TOKEN_EXPIRED;
	return now >= renewal ? TOKEN_DUE : TOKEN_FRESH;
}

bool token_life_is_usable(enum token_life life)
{
	return life >= TOKEN_DUE;
}

int64_t token_life_renewal(
        int64_t fetched_at, int64_t expires_at, unsigned renew_at, unsigned jitter)
{
	int64_t life = expires_at - fetched_at;
	unsigned at = renew_at + jitter < LATEST_RENEWAL ? renew_at + jitter : LATEST_RENEWAL;

	return life <= 0 ? expires_at : fetched_at + life / 1000 * at + life % 1000 * at / 1000;
}

int64_t token_life_end(int64_t fetched_at, int64_t expires_at)
{
	int64_t latest = fetched_at + TOKEN_MAX_LIFE_SEC;

	return expires_at < latest ? expires_at : latest;
}

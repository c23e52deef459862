/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How good a token is at a moment, judged by its times and this machine's clock. All that fetches,
 * delivers, hands out or reports tokens asks here. Pure.
 *
 * Both of a token's times are by the clock that this machine had at the fetch. If that clock was
 * ahead and has been set back since, the expiry is as wrong as the fetch time: such a token may be
 * dead already, and is not used any more.
 */

#include <stdbool.h>
#include <stdint.h>

/* AWS's tokens live for 12 hours; an expiry further away is not believed. */
#define TOKEN_MAX_LIFE_SEC (24 * 3600)

/* Clocks that are corrected all the time differ by less. */
#define TOKEN_MAX_AHEAD_SEC 60

/* From useless to good: TOKEN_DUE and better can be used. */
enum token_life {
	TOKEN_NONE, /* there has been none */
	TOKEN_EXPIRED,
	TOKEN_AHEAD, /* fetched in the future */
	TOKEN_DUE,   /* good, and time to renew it */
	TOKEN_FRESH,
};

/* Seconds since 1970 throughout; expires_at 0: there is no token. */
enum token_life token_life(int64_t fetched_at, int64_t expires_at, int64_t renewal, int64_t now);

bool token_life_is_usable(enum token_life life);

/* Returns the expiry to keep: AWS's, or the end of the longest life if that comes first. */
int64_t token_life_end(int64_t fetched_at, int64_t expires_at);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Judges a token by its times and this machine's clock. Everything that fetches, delivers, returns
 * or reports tokens calls this. Pure.
 *
 * Both times come from this machine's clock at the fetch. If that clock was ahead and has been set
 * back since, the expiry is as wrong as the fetch time: the token may have expired already, so it
 * is not used.
 */

#include <stdbool.h>
#include <stdint.h>

/* AWS's tokens are valid for 12 hours; a much later expiry is wrong. */
#define TOKEN_MAX_LIFE_SEC (24 * 3600)

/* A clock under continuous correction differs by less. */
#define TOKEN_MAX_AHEAD_SEC 60

/* In ascending order: TOKEN_DUE and better can be used. */
enum token_life {
	TOKEN_NONE, /* no token */
	TOKEN_EXPIRED,
	TOKEN_AHEAD, /* fetched in the future */
	TOKEN_DUE,   /* valid, but due for renewal */
	TOKEN_FRESH,
};

/* Judges a token. All times are seconds since 1970; expires_at 0 means no token. */
enum token_life token_life(int64_t fetched_at, int64_t expires_at, int64_t renewal, int64_t now);

/* Reports whether such a token can be used. */
bool token_life_is_usable(enum token_life life);

/*
 * Returns when to renew a token: after renew_at and its jitter (both per mille) of its life, but
 * early enough for a failed attempt or two.
 */
int64_t token_life_renewal(
        int64_t fetched_at, int64_t expires_at, unsigned renew_at, unsigned jitter);

/* Returns the expiry to keep: AWS's, or the end of the longest life if that comes first. */
int64_t token_life_end(int64_t fetched_at, int64_t expires_at);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of the host in one sentence, for STATUS= and the first line of `status`. */

#include "config/plan.h"
#include "state/published.h"
#include "state/tokens.h"
#include "state/written.h"

/* Why there is none after a run, as far as anybody can tell. */
#define SUMMARY_NO_TOKEN "no token has been fetched yet; 'ecr-refresher check' says why"

/* Why a token cannot be used, and what will happen. */
#define SUMMARY_AHEAD                                                                              \
	"the token was fetched in the future: the clock was ahead then, and has been set back; "   \
	"the next run fetches a new one"

/* What to do where the first run has not ended, or a registry is new in the ini. */
#define SUMMARY_FETCH_HOST "'sudo ecr-refresher refresh' does it now"
#define SUMMARY_FETCH_OWN "'ecr-refresher refresh' does it now"

struct summary {
	size_t users;
	size_t registries; /* configured hosts, each counted once */
	size_t fresh;      /* … with a token that is valid */
	size_t failed;     /* … whose latest fetch failed or that have no token */
	size_t unfetched;  /* … that no run has asked for yet; not in failed */
	size_t failed_files;
	size_t clusters; /* sections of the ini that tokens are published to */
	size_t failed_clusters;
	int64_t next_renewal;      /* 0: none */
	const char *first_failure; /* text, owned by what it was made of; NULL where all is good */
	const char *remedy;        /* … for what is not fetched yet */
};

/* Why a registry without a failed attempt has no usable token. */
const char *summary_of_life(enum token_life life);

void summary_make(const struct config *config, const struct tokens *tokens,
        const struct written *record, int64_t now, struct summary *ret);

/* Adds the clusters of the ini. One that nothing was published to yet has not failed. */
void summary_add_published(
        struct summary *s, const struct config *config, const struct published *published);

/* "3 users, 4 registries fresh, next renewal 11:40", or what failed. Owned. */
char *summary_format(const struct summary *s, int64_t now);

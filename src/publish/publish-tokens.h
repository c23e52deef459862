/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The valid tokens of one section of the ini. */

#include "publish/sink.h"
#include "state/tokens.h"

struct publish_tokens {
	struct sink_token *items; /* what they point to is the tokens' or below */
	size_t count;
	char **hosts;             /* of the items */
	struct secret *passwords; /* "AWS", a NUL, the password: of the items */
	struct reason missing;    /* why a registry of the section has none, or code "" */
	const char **lost;        /* those that have none; NULL for one that is not known: "auto" */
	size_t n_lost;
};

/* Pure. tokens have to outlive ret. */
void publish_tokens_find(const struct config *config, const struct tokens *tokens,
        const struct config_sink *sink, int64_t now, struct publish_tokens *ret);

/* For a look at what a run would do: as if those that have none had one. */
void publish_tokens_assume(struct publish_tokens *t);

/* When the first of them runs out; 0 where there is none. */
int64_t publish_tokens_expiry(const struct publish_tokens *t);

void publish_tokens_done(struct publish_tokens *t);

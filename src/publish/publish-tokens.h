/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The valid tokens of a sink's registries, and the registries that have none. */

#include "publish/sink.h"
#include "state/tokens.h"

struct publish_tokens {
	struct sink_token *items; /* point into the tokens, and to what is below */
	size_t count;
	char **hosts;             /* of the items */
	struct secret *passwords; /* "AWS", a NUL, the password: of the items */
	const char **missing;     /* hosts without a valid token; NULL: the unknown one of "auto" */
	size_t n_missing;
	struct reason failure; /* why the first of them has none, or code "" */
};

/* Pure: finds them. tokens must outlive ret. */
void publish_tokens_find(const struct config *config, const struct tokens *tokens,
        const struct config_sink *sink, int64_t now, struct publish_tokens *ret);

/* Adds empty tokens for hosts that have none, for a dry run. */
void publish_tokens_assume(struct publish_tokens *t);

/* Returns when the first of them expires; 0 if there is none. */
int64_t publish_tokens_expiry(const struct publish_tokens *t);

void publish_tokens_done(struct publish_tokens *t);

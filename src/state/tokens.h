/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The state file, tokens.json: the only contract between the programs. The fetcher writes it, the
 * others read it. It is created by the unprivileged fetcher, so a privileged reader checks all of
 * it: size, shape, and every string that ends up in a file or a message.
 */

#include "base/reason.h"
#include "base/secret.h"
#include "config/paths.h"
#include "config/plan.h"
#include "state/token-life.h"

#define TOKENS_FILE "tokens.json"
#define TOKENS_MAX_SIZE (32 * 1024 * 1024)
#define TOKEN_MAX_SIZE (64 * 1024)

/* One request's latest token and latest failure; either may be absent. */
struct token {
	char *identity;
	enum aws_service service;
	const struct partition *partition; /* NULL for "auto" */
	char region[REGION_MAX_SIZE];      /* "" for "auto" */
	/* The [aws] section that was in force, as text: a changed section makes the token stale. */
	char *identity_settings;

	struct secret
	        authorization; /* base64 of "AWS:password", as in config.json; empty: no token */
	char auto_host[HOST_NAME_MAX_SIZE]; /* which proxyEndpoint named: "auto" */
	char *principal;                    /* access key id it was fetched with, or NULL */
	char *provider;                     /* which provider answered, or NULL */
	int64_t fetched_at;
	int64_t expires_at;
	unsigned jitter; /* per mille of its life, added to renew_at */

	int64_t failed_at;     /* of the latest attempt; 0 where that was good */
	int64_t failing_since; /* of the first failure in a row */
	struct reason failure;
};

struct tokens {
	struct token *items;
	size_t count;
};

/*
 * Pure. Returns 0, or -EBADMSG with a reason. *ret is untouched on failure. A token in the list
 * that is not as it should be is left out.
 */
int tokens_parse(const char *data, size_t size, struct tokens *ret, struct reason *ret_reason);

/* Pure: the JSON text, appended to ret. */
void tokens_format(const struct tokens *tokens, struct secret *ret);

/*
 * Pure. Checks that tokens_parse() takes what tokens_format() writes of this token, so that one odd
 * value fails what it belongs to before it is written. Returns 0, or -EBADMSG with a reason.
 */
int token_check(const struct token *token, struct reason *ret_reason);

/* The token of a key, or NULL. */
struct token *tokens_find(const struct tokens *tokens, const struct token_key *key);

/* Sets when it was fetched and when it expires; an expiry beyond the longest life is cut off. */
void token_set_times(struct token *token, int64_t fetched_at, int64_t expires_at);

/* How good it is; token may be NULL. renew_at: per mille of its life, as the ini has it. */
enum token_life token_judge(const struct token *token, unsigned renew_at, int64_t now);

/* Whether there is a token, and it can be used. */
bool token_is_valid(const struct token *token, int64_t now);

/* When it is to be renewed: renew_at and its jitter, both per mille, of its life after fetched_at.
 */
int64_t token_renewal(const struct token *token, unsigned renew_at);

void token_done(struct token *t);
void tokens_done(struct tokens *t);

/*
 * Reads the tokens. Returns 0, also where there are none yet, or a negative errno with a reason.
 */
int tokens_load(const struct paths *paths, struct tokens *ret, struct reason *ret_reason);

/* Writes them, 0600. The directory is ours. Returns 0 or a negative errno with a reason. */
int tokens_save(const struct paths *paths, const struct tokens *tokens, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tokens.json, the only contract between the programs: the fetcher writes it, the others read it.
 * The unprivileged fetcher controls it, so readers check its size, its shape, and every string that
 * reaches a file or a message.
 */

#include "base/reason.h"
#include "base/secret.h"
#include "config/paths.h"
#include "config/plan.h"
#include "state/token-life.h"

#define TOKENS_FILE "tokens.json"
#define TOKENS_MAX_SIZE (32 * 1024 * 1024)
#define TOKEN_MAX_SIZE (64 * 1024)

/* The latest token and the latest failure of one request; either may be absent. */
struct token {
	char *identity;
	enum aws_service service;
	const struct partition *partition; /* NULL for "auto" */
	char region[REGION_MAX_SIZE];      /* "" for "auto" */
	/* The text of the [aws] section at the fetch; a changed section makes the token stale. */
	char *identity_settings;

	struct secret
	        authorization; /* base64 of "AWS:password", as in config.json; empty: no token */
	uint64_t hash;         /* of authorization, once token_hash() has computed it */
	char auto_host[HOST_NAME_MAX_SIZE]; /* for "auto": the host of proxyEndpoint */
	char *principal;                    /* the access key ID used, or NULL */
	char *provider;                     /* the credential provider used, or NULL */
	int64_t fetched_at;
	int64_t expires_at;
	unsigned jitter; /* per mille of its life, added to renew_at */

	int64_t failed_at;     /* of the latest attempt; 0 if it succeeded */
	int64_t failing_since; /* of the first failure in a row */
	struct reason failure;
};

struct tokens {
	struct token *items;
	size_t count;
};

/*
 * Pure. Parses the file, without invalid tokens. Returns 0, or -EBADMSG with a reason and *ret
 * untouched.
 */
int tokens_parse(const char *data, size_t size, struct tokens *ret, struct reason *ret_reason);

/* Pure. Appends the JSON text to ret. */
void tokens_format(const struct tokens *tokens, struct secret *ret);

/*
 * Pure. Checks that tokens_parse() accepts what tokens_format() writes for this token, so that an
 * odd value fails only its own request. Returns 0, or -EBADMSG with a reason.
 */
int token_check(const struct token *token, struct reason *ret_reason);

/* Returns the token of a key, or NULL. */
struct token *tokens_find(const struct tokens *tokens, const struct token_key *key);

/* Sets the time of the fetch and the expiry, which is limited to the longest life. */
void token_set_times(struct token *token, int64_t fetched_at, int64_t expires_at);

/* Judges a token, which may be NULL. renew_at is per mille of its life, as in the ini. */
enum token_life token_judge(const struct token *token, unsigned renew_at, int64_t now);

/* Reports whether token is not NULL and can be used. */
bool token_is_valid(const struct token *token, int64_t now);

/*
 * Returns written_hash() of the authorization. Computes it once, because a token has two kilobytes
 * and each run compares it several times.
 */
uint64_t token_hash(struct token *token);

/*
 * Pure. Splits an authorization token, base64 of "USER:PASSWORD", at its first colon. Returns 0,
 * the user and the password, both in *ret_user; or -EBADMSG with a reason.
 */
int token_split(const struct secret *authorization, struct secret *ret_user,
        const char **ret_password, struct reason *ret_reason);

/* Returns when to renew a token: fetched_at plus renew_at and jitter (per mille) of its life. */
int64_t token_renewal(const struct token *token, unsigned renew_at);

void token_done(struct token *t);
void tokens_done(struct tokens *t);

/*
 * Reads the tokens. Returns 0, also if none exist yet, or a negative errno with a reason.
 */
int tokens_load(const struct paths *paths, struct tokens *ret, struct reason *ret_reason);

/* Writes them to our directory, 0600. Returns 0 or a negative errno with a reason. */
int tokens_save(const struct paths *paths, const struct tokens *tokens, struct reason *ret_reason);

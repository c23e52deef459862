/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The session of `aws login` in ~/.aws/login/cache, which all SDKs read and write, and the reply
 * that renews it. The user controls the file, the network the reply.
 */

#include "base/reason.h"
#include "fetch/identity/credentials.h"

struct login_session {
	struct credentials credentials;
	struct secret refresh_token;
	struct secret client_id;
	struct secret dpop_key; /* PEM */
};

/*
 * Pure. Returns 0, or -EBADMSG with a reason that names what is missing; what renewal needs is
 * required even if the credentials are still valid.
 */
int login_cache_parse(
        const char *data, size_t size, struct login_session *ret, struct reason *ret_reason);

/* New credentials, and the token for the next ones. */
struct login_token {
	struct credentials credentials;
	struct secret refresh_token;
};

/*
 * Pure. The reply to CreateOAuth2Token of the AWS Sign-In API, received at this time. Returns 0,
 * or -EBADMSG with a reason.
 */
int login_parse_token(const char *body, size_t size, int64_t now, struct login_token *ret,
        struct reason *ret_reason);

/*
 * Pure. Appends the file's new text, with the new token and all other members unchanged. data is
 * what login_cache_parse() accepted.
 */
void login_cache_update(
        const char *data, size_t size, const struct login_token *token, struct secret *ret);

void login_session_done(struct login_session *session);
void login_token_done(struct login_token *token);

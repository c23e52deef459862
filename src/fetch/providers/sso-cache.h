/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The session of `aws sso login` in ~/.aws/sso/cache, which all SDKs read and write. The user
 * controls it.
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"
#include "fetch/providers/sso-reply.h"

/* A session, and what renews it. */
struct sso_session {
	struct secret access_token;
	int64_t expires_at;
	/* Empty if the session cannot be renewed, as in the legacy form. */
	struct secret refresh_token;
	struct secret client_id;
	struct secret client_secret;
	int64_t registration_expires_at; /* of the client; 0 if unknown */
	struct reason warning; /* why a renewed session was not saved; its code is "" if it was */
};

/* Pure. Returns 0, or -EBADMSG with a reason if accessToken or expiresAt is missing or invalid. */
int sso_cache_parse(
        const char *data, size_t size, struct sso_session *ret, struct reason *ret_reason);

/* Reports whether the session has a refresh token and a client that is still registered. */
bool sso_session_is_renewable(const struct sso_session *session, int64_t now);

/*
 * Pure. Appends the file's new text, with the new token and all other members unchanged. data is
 * what sso_cache_parse() accepted.
 */
void sso_cache_update(const char *data, size_t size, const struct sso_token *token, int64_t now,
        struct secret *ret);

void sso_session_done(struct sso_session *session);

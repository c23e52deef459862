/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The session that `aws sso login` left in ~/.aws/sso/cache, as all SDKs read and write it. The
 * user controls it.
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"
#include "fetch/providers/sso-reply.h"

/* What a session opens and how it is renewed. */
struct sso_session {
	struct secret access_token;
	int64_t expires_at;
	/* Empty where the session cannot be renewed: the legacy form never can. */
	struct secret refresh_token;
	struct secret client_id;
	struct secret client_secret;
	int64_t registration_expires_at; /* of the client; 0 where it is not known */
	struct reason warning;           /* why its renewal was not kept; its code is "" else */
};

/*
 * Pure. Returns 0, or -EBADMSG with a reason where accessToken or expiresAt are not there or not
 * what they should be.
 */
int sso_cache_parse(
        const char *data, size_t size, struct sso_session *ret, struct reason *ret_reason);

/* Whether a refresh token and a client that is registered at this time are there. */
bool sso_session_is_renewable(const struct sso_session *session, int64_t now);

/*
 * Pure. Appends the file's new text to ret: what it said, with the new token. data is what
 * sso_cache_parse() accepted.
 */
void sso_cache_update(const char *data, size_t size, const struct sso_token *token, int64_t now,
        struct secret *ret);

void sso_session_done(struct sso_session *session);

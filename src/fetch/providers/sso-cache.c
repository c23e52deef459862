/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/sso-cache.h"

#include <errno.h>

#include "base/timestamp.h"
#include "fetch/providers/sso-token-file.h"

/* Reads optional members; invalid ones count as absent. */
static void read_renewal(struct json_object *root, struct sso_session *session)
{
	const char *refresh_token = sso_token_file_get(root, "refreshToken");
	const char *client_id = sso_token_file_get(root, "clientId");
	const char *client_secret = sso_token_file_get(root, "clientSecret");

	if (!refresh_token || !client_id || !client_secret ||
	        sso_token_file_expiry(
	                root, "registrationExpiresAt", &session->registration_expires_at) < 0)
		return;
	secret_set_string(&session->refresh_token, refresh_token);
	secret_set_string(&session->client_id, client_id);
	secret_set_string(&session->client_secret, client_secret);
}

int sso_cache_parse(
        const char *data, size_t size, struct sso_session *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(data, size);
	const char *access_token = sso_token_file_get(root, "accessToken");
	struct sso_session session = {};

	if (!root)
		return reason_set(ret_reason, EBADMSG, "bad-cache", "it is not JSON");
	if (!access_token)
		return reason_set(ret_reason, EBADMSG, "bad-cache", "it has no accessToken");
	if (sso_token_file_expiry(root, "expiresAt", &session.expires_at) < 0)
		return reason_set(
		        ret_reason, EBADMSG, "bad-cache", "its expiresAt is not an RFC 3339 time");
	secret_set_string(&session.access_token, access_token);
	read_renewal(root, &session);
	*ret = session;
	return 0;
}

bool sso_session_is_renewable(const struct sso_session *session, int64_t now)
{
	return session->refresh_token.size > 0 && session->registration_expires_at > now;
}

void sso_cache_update(const char *data, size_t size, const struct sso_token *token, int64_t now,
        struct secret *ret)
{
	_json_ struct json_object *root = json_parse(data, size);
	char expires_at[TIMESTAMP_MAX_SIZE];

	sso_token_file_set(root, "accessToken", secret_string(&token->access_token));
	sso_token_file_set(
	        root, "expiresAt", timestamp_format(now + token->expires_in, expires_at));
	if (token->refresh_token.size > 0)
		sso_token_file_set(root, "refreshToken", secret_string(&token->refresh_token));
	sso_token_file_render(root, ret);
}

void sso_session_done(struct sso_session *session)
{
	secret_done(&session->access_token);
	secret_done(&session->refresh_token);
	secret_done(&session->client_id);
	secret_done(&session->client_secret);
	*session = (struct sso_session){};
}

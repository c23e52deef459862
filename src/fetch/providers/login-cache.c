/* SPDX-License-Identifier: Apache-2.0 */
/* The cache and the reply have the same form. */
#include "fetch/providers/login-cache.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "fetch/api/aws-error.h"
#include "fetch/providers/sso-token-file.h"

#define OPERATION "CreateOAuth2Token"
#define MAX_LIFE 86400 /* seconds; the API says 900 */

/*
 * Reads accessToken: the keys, and in the file their expiry. Returns the name of what is missing,
 * or NULL.
 */
static const char *read_access_token(struct json_object *root, struct credentials *ret)
{
	struct json_object *o = json_member(root, "accessToken", json_type_object);
	const char *id = sso_token_file_get(o, "accessKeyId");
	const char *key = sso_token_file_get(o, "secretAccessKey");
	const char *token = sso_token_file_get(o, "sessionToken");

	if (!o || !id || !key || !token)
		return !o     ? "accessToken"
		       : !id  ? "accessToken.accessKeyId"
		       : !key ? "accessToken.secretAccessKey"
		              : "accessToken.sessionToken";
	*ret = (struct credentials){};
	ret->access_key_id = xstrdup(id);
	secret_set_string(&ret->secret_access_key, key);
	secret_set_string(&ret->session_token, token);
	if (sso_token_file_get(o, "accountId"))
		ret->account_id = xstrdup(sso_token_file_get(o, "accountId"));
	return NULL;
}

/* Reads a string member of any characters. Returns the name of what is missing, or NULL. */
static const char *read_string(struct json_object *root, const char *key, struct secret *ret)
{
	const char *text = json_member_string(root, key);

	if (!text || !*text)
		return key;
	secret_set_string(ret, text);
	return NULL;
}

int login_cache_parse(
        const char *data, size_t size, struct login_session *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(data, size);
	_cleanup_(login_session_done) struct login_session session = {};
	const char *missing = read_access_token(root, &session.credentials);

	if (!root)
		return reason_set(ret_reason, EBADMSG, "bad-cache", "it is not JSON");
	if (!missing && sso_token_file_expiry(json_member(root, "accessToken", json_type_object),
	                        "expiresAt", &session.credentials.expires_at) < 0)
		missing = "accessToken.expiresAt";
	if (!missing)
		missing = read_string(root, "refreshToken", &session.refresh_token);
	if (!missing)
		missing = read_string(root, "clientId", &session.client_id);
	if (!missing)
		missing = read_string(root, "dpopKey", &session.dpop_key);
	if (missing)
		return reason_set(ret_reason, EBADMSG, "bad-cache", "it has no valid %s", missing);
	*ret = session;
	session = (struct login_session){};
	return 0;
}

int login_parse_token(const char *body, size_t size, int64_t now, struct login_token *ret,
        struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(body, size);
	_cleanup_(login_token_done) struct login_token token = {};
	struct json_object *life = json_member(root, "expiresIn", json_type_int);
	int64_t seconds = life ? json_object_get_int64(life) : 0;
	const char *missing = read_access_token(root, &token.credentials);

	if (!root)
		return aws_error_bad_reply(ret_reason, OPERATION, "not JSON");
	if (!missing)
		missing = read_string(root, "refreshToken", &token.refresh_token);
	if (!missing && (seconds <= 0 || seconds > MAX_LIFE))
		missing = "expiresIn";
	if (missing)
		return aws_error_bad_reply(ret_reason, OPERATION, "no %s", missing);
	token.credentials.expires_at = now + seconds;
	*ret = token;
	token = (struct login_token){};
	return 0;
}

void login_cache_update(
        const char *data, size_t size, const struct login_token *token, struct secret *ret)
{
	_json_ struct json_object *root = json_parse(data, size);
	struct json_object *o = json_member(root, "accessToken", json_type_object);
	const struct credentials *c = &token->credentials;
	char expires_at[TIMESTAMP_MAX_SIZE];

	sso_token_file_set(o, "accessKeyId", c->access_key_id);
	sso_token_file_set(o, "secretAccessKey", secret_string(&c->secret_access_key));
	sso_token_file_set(o, "sessionToken", secret_string(&c->session_token));
	sso_token_file_set(o, "expiresAt", timestamp_format(c->expires_at, expires_at));
	sso_token_file_set(root, "refreshToken", secret_string(&token->refresh_token));
	sso_token_file_render(root, ret);
}

void login_session_done(struct login_session *session)
{
	credentials_done(&session->credentials);
	secret_done(&session->refresh_token);
	secret_done(&session->client_id);
	secret_done(&session->dpop_key);
	*session = (struct login_session){};
}

void login_token_done(struct login_token *token)
{
	credentials_done(&token->credentials);
	secret_done(&token->refresh_token);
	*token = (struct login_token){};
}

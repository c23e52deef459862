/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/sso-reply.h"

#include <errno.h>
#include <math.h>

#include "base/alloc.h"
#include "fetch/api/aws-error.h"
#include "fetch/providers/sso-token-file.h"

#define MAX_LIFE (10 * 366 * 86400.0) /* seconds */
#define MAX_TIME 1e14                 /* milliseconds since 1970 */

/* Reads a number in (0, max]. */
static int read_number(struct json_object *object, const char *key, double max, int64_t *ret)
{
	struct json_object *number = json_member(object, key, json_type_int);
	double value;

	if (!number)
		number = json_member(object, key, json_type_double);
	value = number ? json_object_get_double(number) : 0;
	if (!isfinite(value) || value <= 0 || value > max)
		return -EBADMSG;
	*ret = (int64_t)value;
	return 0;
}

int sso_parse_role_credentials(
        const char *body, size_t size, struct credentials *ret, struct reason *ret_reason)
{
	static const char operation[] = "GetRoleCredentials";
	_json_ struct json_object *root = json_parse(body, size);
	struct json_object *o = json_member(root, "roleCredentials", json_type_object);
	const char *id = sso_token_file_get(o, "accessKeyId");
	const char *key = sso_token_file_get(o, "secretAccessKey");
	const char *token = sso_token_file_get(o, "sessionToken");
	int64_t expiration;

	if (!root)
		return aws_error_bad_reply(ret_reason, operation, "not JSON");
	if (!id || !key || !token)
		return aws_error_bad_reply(
		        ret_reason, operation, "no accessKeyId, secretAccessKey and sessionToken");
	if (read_number(o, "expiration", MAX_TIME, &expiration) < 0)
		return aws_error_bad_reply(ret_reason, operation, "no expiration");
	*ret = (struct credentials){.expires_at = expiration / 1000};
	ret->access_key_id = xstrdup(id);
	secret_set_string(&ret->secret_access_key, key);
	secret_set_string(&ret->session_token, token);
	return 0;
}

int sso_parse_token(const char *body, size_t size, struct sso_token *ret, struct reason *ret_reason)
{
	static const char operation[] = "CreateToken";
	_json_ struct json_object *root = json_parse(body, size);
	const char *access_token = sso_token_file_get(root, "accessToken");
	const char *refresh_token = sso_token_file_get(root, "refreshToken");
	struct sso_token token = {};

	if (!root)
		return aws_error_bad_reply(ret_reason, operation, "not JSON");
	if (!access_token)
		return aws_error_bad_reply(ret_reason, operation, "no accessToken");
	if (read_number(root, "expiresIn", MAX_LIFE, &token.expires_in) < 0)
		return aws_error_bad_reply(ret_reason, operation, "no expiresIn");
	secret_set_string(&token.access_token, access_token);
	if (refresh_token)
		secret_set_string(&token.refresh_token, refresh_token);
	*ret = token;
	return 0;
}

void sso_token_done(struct sso_token *token)
{
	secret_done(&token->access_token);
	secret_done(&token->refresh_token);
	*token = (struct sso_token){};
}

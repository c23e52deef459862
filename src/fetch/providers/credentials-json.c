/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/credentials-json.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/timestamp.h"

#define TEXT_MAX_SIZE (32 * 1024) /* a session token has about 2 KiB; AWS documents no limit */

bool credentials_text_is_clean(const char *text)
{
	return text_is_word(text, TEXT_MAX_SIZE);
}

static bool is_absent(struct json_object *object, const char *key)
{
	struct json_object *value;

	return !json_object_object_get_ex(object, key, &value) || !value;
}

/* Returns what is wrong with the session token, or NULL. */
static const char *check_token(struct json_object *object, const struct credentials_shape *shape)
{
	const char *token = json_member_string(object, shape->token_key);

	if (is_absent(object, shape->token_key) || (token && !*token))
		return shape->must_be_temporary ? "has no session token" : NULL;
	return token && credentials_text_is_clean(token) ? NULL : "has a malformed session token";
}

static const char *read_expiry(struct json_object *object, int64_t *ret)
{
	const char *text = json_member_string(object, "Expiration");

	return text && timestamp_parse(text, ret) == 0
	               ? NULL
	               : "has an Expiration that is not an RFC 3339 time";
}

static const char *check(
        struct json_object *object, const struct credentials_shape *shape, int64_t *ret_expiry)
{
	const char *id = json_member_string(object, "AccessKeyId");
	const char *key = json_member_string(object, "SecretAccessKey");
	const char *wrong;

	if (!id || !*id)
		return "has no AccessKeyId";
	if (!key || !*key)
		return "has no SecretAccessKey";
	if (!credentials_text_is_clean(id) || !credentials_text_is_clean(key))
		return "has a malformed AccessKeyId or SecretAccessKey";
	wrong = check_token(object, shape);
	if (wrong)
		return wrong;
	if (!is_absent(object, "Expiration"))
		return read_expiry(object, ret_expiry);
	return shape->must_be_temporary ? "has no Expiration" : NULL;
}

int credentials_read_json(struct json_object *object, const struct credentials_shape *shape,
        struct credentials *ret, const char **ret_what)
{
	int64_t expires_at = 0;
	const char *wrong = check(object, shape, &expires_at);
	const char *token, *account;

	if (wrong) {
		*ret_what = wrong;
		return -EBADMSG;
	}
	token = json_member_string(object, shape->token_key);
	account = json_member_string(object, "AccountId");
	*ret = (struct credentials){.expires_at = expires_at};
	ret->access_key_id = xstrdup(json_member_string(object, "AccessKeyId"));
	secret_set_string(&ret->secret_access_key, json_member_string(object, "SecretAccessKey"));
	if (token)
		secret_set_string(&ret->session_token, token);
	if (account && *account)
		ret->account_id = xstrdup(account);
	return 0;
}

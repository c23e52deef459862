/* SPDX-License-Identifier: Apache-2.0 */
/* Source: "CreateSession API" in the IAM Roles Anywhere User Guide. */
#include "fetch/providers/roles-anywhere-reply.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "fetch/api/aws-error.h"

#define OPERATION "CreateSession of IAM Roles Anywhere"

/* One role was requested, so the set has one element. */
static struct json_object *find_credentials(struct json_object *root)
{
	struct json_object *set = json_member(root, "credentialSet", json_type_array);

	if (!set || json_object_array_length(set) == 0)
		return NULL;
	return json_member(json_object_array_get_idx(set, 0), "credentials", json_type_object);
}

/* Returns a text that can go into an HTTP header, as all of them do: visible ASCII. */
static const char *text_of(struct json_object *object, const char *key)
{
	const char *text = json_member_string(object, key);

	return text && text_is_word(text, SIZE_MAX) ? text : NULL;
}

int roles_anywhere_parse_session(const char *body, size_t size, int64_t now,
        struct credentials *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(body, size);
	struct json_object *c = find_credentials(root);
	const char *id = text_of(c, "accessKeyId"), *key = text_of(c, "secretAccessKey");
	const char *token = text_of(c, "sessionToken"), *end = text_of(c, "expiration");
	int64_t expires_at;

	if (!root)
		return aws_error_bad_reply(ret_reason, OPERATION, "not JSON");
	if (!id || !key || !token)
		return aws_error_bad_reply(
		        ret_reason, OPERATION, "no accessKeyId, secretAccessKey or sessionToken");
	if (!end || timestamp_parse(end, &expires_at) < 0)
		return aws_error_bad_reply(ret_reason, OPERATION, "no expiration");
	if (expires_at <= now)
		return reason_set(ret_reason, EBADMSG, "expired-credentials",
		        "IAM Roles Anywhere sent expired credentials; check this machine's clock");
	*ret = (struct credentials){.access_key_id = xstrdup(id), .expires_at = expires_at};
	secret_set_string(&ret->secret_access_key, key);
	secret_set_string(&ret->session_token, token);
	return 0;
}

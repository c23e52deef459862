/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/container-reply.h"

#include <errno.h>
#include <string.h>

#include "fetch/providers/credentials-json.h"

int container_read_credentials(const char *body, size_t size, const char *server,
        struct credentials *ret, struct reason *ret_reason)
{
	static const struct credentials_shape shape = {.token_key = "Token"};
	_json_ struct json_object *root = json_parse(body, size);
	const char *what = "is not a JSON object";

	if (root && json_object_is_type(root, json_type_object) &&
	        credentials_read_json(root, &shape, ret, &what) == 0)
		return 0;
	return reason_set(ret_reason, EBADMSG, "bad-reply",
	        "container: the reply of %s %s; check that the agent of ECS or EKS answers there",
	        server, what);
}

/* ECS and EKS use a lower-case key, servers that imitate them a capitalized one. */
static const char *either(struct json_object *object, const char *one, const char *other)
{
	const char *s = json_member_string(object, one);

	if (!s)
		s = json_member_string(object, other);
	return s ? s : "";
}

static const char *suggest_fix(long status)
{
	if (status == 401 || status == 403)
		return "check AWS_CONTAINER_AUTHORIZATION_TOKEN or the file in "
		       "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, and the pod's association with a "
		       "role";
	if (status == 400 || status == 404)
		return "check that the task or pod has a role, and the URI in the environment";
	return "the next run tries again";
}

int container_fail(
        const char *body, size_t size, long status, const char *server, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(body, size);
	const char *code = either(root, "code", "Code"), *text = either(root, "message", "Message");
	char http[32];

	snprintf(http, sizeof(http), "HTTP %ld", status);
	return reason_set(ret_reason, EREMOTEIO, *code ? code : http,
	        "container: %s answered %s%s%.100s%s%.300s; %s", server, http, *code ? " " : "",
	        code, *text ? ": " : "", text, suggest_fix(status));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/ecr-reply.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "fetch/api/aws-error.h"
#include "state/tokens.h"

#define OPERATION "GetAuthorizationToken"

/* ECR returns a list of one, ECR Public the object itself. */
static struct json_object *find_data(struct json_object *root)
{
	struct json_object *list = json_member(root, "authorizationData", json_type_array);

	if (!list)
		return json_member(root, "authorizationData", json_type_object);
	return json_object_array_length(list) > 0 ? json_object_array_get_idx(list, 0) : NULL;
}

/* Reads seconds since 1970, with a fraction. */
static int read_expiry(struct json_object *data, int64_t *ret)
{
	struct json_object *number;
	double seconds;

	if (!json_object_object_get_ex(data, "expiresAt", &number) ||
	        (!json_object_is_type(number, json_type_double) &&
	                !json_object_is_type(number, json_type_int)))
		return -EBADMSG;
	seconds = json_object_get_double(number);
	if (!isfinite(seconds) || seconds < 0 || seconds > 1e11)
		return -EBADMSG;
	*ret = (int64_t)seconds;
	return 0;
}

/* Every client fails with a token that does not decode to a user and a password. */
static bool is_usable(const char *token)
{
	_secret_ struct secret decoded = {};

	return strlen(token) <= TOKEN_MAX_SIZE &&
	       base64_decode(token, strlen(token), &decoded) == 0 && decoded.size > 0 &&
	       memchr(decoded.data, ':', decoded.size);
}

int ecr_parse_token(const char *body, size_t size, enum aws_service service, int64_t now,
        struct ecr_token *ret, struct reason *ret_reason)
{
	_json_ struct json_object *root = json_parse(body, size);
	struct json_object *data = find_data(root);
	const char *token, *endpoint;
	struct registry_host host = {};
	int64_t expires_at;

	if (!root)
		return aws_error_bad_reply(ret_reason, OPERATION, "not JSON");
	token = json_member_string(data, "authorizationToken");
	if (!token || read_expiry(data, &expires_at) < 0)
		return aws_error_bad_reply(
		        ret_reason, OPERATION, "no authorizationToken or expiresAt");
	if (!is_usable(token))
		return aws_error_bad_reply(ret_reason, OPERATION,
		        "a token that is not base64 of a user and a password");
	endpoint = json_member_string(data, "proxyEndpoint");
	if (service != SERVICE_ECR || !endpoint || registry_host_parse(endpoint, &host) < 0 ||
	        host.service != SERVICE_ECR)
		host.name[0] = '\0';
	if (expires_at <= now)
		return reason_set(ret_reason, EBADMSG, "expired-token",
		        "AWS sent an expired token; check this machine's clock");
	ret->authorization = (struct secret){};
	secret_set_string(&ret->authorization, token);
	ret->expires_at = expires_at;
	memcpy(ret->proxy_host, host.name, sizeof(ret->proxy_host));
	return 0;
}

void ecr_token_done(struct ecr_token *t)
{
	secret_done(&t->authorization);
	*t = (struct ecr_token){};
}

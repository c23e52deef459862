/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in the environment: whoever starts the service controls them. */
#include <errno.h>

#include "../common/alloc.h"
#include "../common/environment.h"
#include "identity.h"

#define KEY_ID "AWS_ACCESS_KEY_ID"
#define KEY "AWS_SECRET_ACCESS_KEY"

int provider_environment(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	const char *id = environment_get(KEY_ID), *key = environment_get(KEY);
	const char *token = environment_get("AWS_SESSION_TOKEN");

	if (!id && !key) {
		reason_set(ret_reason, ENOENT, "not-set", "environment: " KEY_ID " is not set");
		return 0;
	}
	if (!id || !key)
		return reason_set(ret_reason, EINVAL, "half-a-key",
		        "the environment has %s but not %s; set both", id ? KEY_ID : KEY,
		        id ? KEY : KEY_ID);
	*ret = (struct credentials){.provider = "environment", .access_key_id = xstrdup(id)};
	secret_set_string(&ret->secret_access_key, key);
	if (token)
		secret_set_string(&ret->session_token, token);
	return 1;
}

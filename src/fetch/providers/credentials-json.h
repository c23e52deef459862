/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The JSON object with which EC2, ECS, EKS and a credential_process hand over credentials. Whoever
 * answers controls it: what it says goes into HTTP headers, so it is checked for that.
 */

#include "base/json.h"
#include "base/reason.h"
#include "fetch/identity/credentials.h"

struct credentials_shape {
	const char *token_key;  /* "Token", "SessionToken" */
	bool must_be_temporary; /* a token and an expiry are required */
};

/*
 * Pure. AccessKeyId, SecretAccessKey, the token, Expiration, AccountId. Returns 0 and credentials,
 * whose provider is not set; or -EBADMSG and in *ret_what the end of a sentence that names the
 * member
 * ("has no SecretAccessKey") and none of its value.
 */
int credentials_read_json(struct json_object *object, const struct credentials_shape *shape,
        struct credentials *ret, const char **ret_what);

/* Whether this can be the value of an HTTP header, or a part of one: visible ASCII, and not "". */
bool credentials_text_is_clean(const char *text);

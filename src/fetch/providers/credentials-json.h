/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The JSON object in which EC2, ECS, EKS and a credential_process return credentials. That service
 * or program controls it; its values go into HTTP headers and are checked for that.
 */

#include "base/json.h"
#include "base/reason.h"
#include "fetch/identity/credentials.h"

struct credentials_shape {
	const char *token_key;  /* "Token", "SessionToken" */
	bool must_be_temporary; /* a token and an expiry are required */
};

/*
 * Pure. Reads AccessKeyId, SecretAccessKey, the token, Expiration and AccountId. Returns 0 and
 * credentials; or -EBADMSG and in *ret_what the end of a sentence ("has no SecretAccessKey") that
 * does not repeat a value.
 */
int credentials_read_json(struct json_object *object, const struct credentials_shape *shape,
        struct credentials *ret, const char **ret_what);

/* Reports whether this can be (part of) an HTTP header's value: visible ASCII, and not "". */
bool credentials_text_is_clean(const char *text);

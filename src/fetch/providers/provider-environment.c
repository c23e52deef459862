/* SPDX-License-Identifier: Apache-2.0 */
/* The administrator or user who starts the program controls the environment. */
#include "fetch/providers/provider-environment.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/timestamp.h"
#include "fetch/providers/credentials-json.h"

#define KEY_ID "AWS_ACCESS_KEY_ID"
#define KEY "AWS_SECRET_ACCESS_KEY"
#define OLD_TOKEN "AWS_SECURITY_TOKEN"
#define TOKEN "AWS_SESSION_TOKEN"
#define EXPIRATION "AWS_CREDENTIAL_EXPIRATION"

static int read_expiration(int64_t *ret, struct reason *ret_reason)
{
	const char *text = environment_get(EXPIRATION);
	char when[TIMESTAMP_MAX_SIZE];

	*ret = 0;
	if (!text)
		return 0;
	if (timestamp_parse(text, ret) < 0)
		return reason_set(ret_reason, EINVAL, "bad-expiration",
		        "environment: " EXPIRATION " is not a date; expected one such as "
		        "2026-11-21T11:40:00Z");
	if (*ret <= timestamp_now())
		return reason_set(ret_reason, EKEYEXPIRED, "expired",
		        "environment: the keys expired at %s (" EXPIRATION "); provide new "
		        "ones",
		        timestamp_format(*ret, when));
	return 0;
}

/* The values go into HTTP headers. They are never shown. */
static int check_text(const char *variable, struct reason *ret_reason)
{
	const char *text = environment_get(variable);

	if (!text || credentials_text_is_clean(text))
		return 0;
	return reason_set(ret_reason, EINVAL, "bad-key",
	        "environment: %s has a space, a control character or a non-ASCII character; copy "
	        "it again",
	        variable);
}

int provider_environment(_unused_ const struct identity *identity,
        _unused_ const struct profile *profile, struct credentials *ret, struct reason *ret_reason)
{
	const char *id = environment_get(KEY_ID), *key = environment_get(KEY);
	/* The old name first, as in the AWS CLI. */
	const char *token_name = environment_get(OLD_TOKEN) ? OLD_TOKEN : TOKEN;
	const char *token = environment_get(token_name);
	const char *account = environment_get("AWS_ACCOUNT_ID");
	int64_t expires_at;
	int r;

	if (!id && !key) {
		reason_set(ret_reason, ENOENT, "not-set", "environment: " KEY_ID " is not set");
		return 0;
	}
	if (!id || !key)
		return reason_set(ret_reason, EINVAL, "half-a-key",
		        "the environment has %s but not %s; set both", id ? KEY_ID : KEY,
		        id ? KEY : KEY_ID);
	r = check_text(KEY_ID, ret_reason);
	if (r == 0)
		r = check_text(KEY, ret_reason);
	if (r == 0)
		r = check_text(token_name, ret_reason);
	if (r == 0)
		r = read_expiration(&expires_at, ret_reason);
	if (r < 0)
		return r;
	*ret = (struct credentials){.access_key_id = xstrdup(id),
	        .account_id = account ? xstrdup(account) : NULL,
	        .expires_at = expires_at};
	secret_set_string(&ret->secret_access_key, key);
	if (token)
		secret_set_string(&ret->session_token, token);
	return 1;
}

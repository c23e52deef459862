/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that a profile of the shared files holds: the files' owner controls them. */
#include <errno.h>
#include <stdbool.h>

#include "../common/alloc.h"
#include "identity.h"

static const struct secret *property(const struct profile *profile, const char *key)
{
	const struct profile_property *p = profile ? profile_get(profile, key) : NULL;

	return p && p->value.size > 0 ? &p->value : NULL;
}

/* A profile that wants another provider first must not be served with keys that happen to be there.
 */
static const char *unsupported_key(const struct profile *profile, bool has_keys)
{
	static const char *const before_keys[] = {
	        "role_arn", "web_identity_token_file", "sso_session", "sso_start_url"};
	static const char *const after_keys[] = {"login_session", "credential_process"};

	for (size_t i = 0; profile && i < ARRAY_SIZE(before_keys); i++)
		if (profile_get(profile, before_keys[i]))
			return before_keys[i];
	for (size_t i = 0; profile && !has_keys && i < ARRAY_SIZE(after_keys); i++)
		if (profile_get(profile, after_keys[i]))
			return after_keys[i];
	return NULL;
}

int provider_static_keys(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	const struct secret *id = property(profile, "aws_access_key_id");
	const struct secret *key = property(profile, "aws_secret_access_key");
	const struct secret *token = property(profile, "aws_session_token");

	const char *unsupported = unsupported_key(profile, id || key);

	if (unsupported)
		return reason_set(ret_reason, EOPNOTSUPP, "unsupported",
		        "profile \"%s\" asks for %s, which this version does not know how to use; "
		        "give it keys of its own",
		        identity->profile_name, unsupported);
	if (!id && !key) {
		reason_set(ret_reason, ENOENT, "not-set",
		        "shared files: no keys for profile \"%s\" in %s or %s",
		        identity->profile_name, identity->credentials_file, identity->config_file);
		return 0;
	}
	if (!id || !key)
		return reason_set(ret_reason, EINVAL, "half-a-key",
		        "profile \"%s\" in %s has %s but not %s; give it both",
		        identity->profile_name, identity->credentials_file,
		        id ? "aws_access_key_id" : "aws_secret_access_key",
		        id ? "aws_secret_access_key" : "aws_access_key_id");
	*ret = (struct credentials){.provider = "shared-credentials-file"};
	ret->access_key_id = xstrdup(secret_string(id));
	secret_set(&ret->secret_access_key, key->data, key->size);
	if (token)
		secret_set(&ret->session_token, token->data, token->size);
	return 1;
}

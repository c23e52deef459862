/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The owner of the shared files controls the keys. Credentials file and config file are two
 * providers, because others come in between. Keys and session token must be from the same file: a
 * stale token from one would make the keys of the other unusable.
 */

#include "fetch/providers/provider-static-keys.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "aws/profile.h"
#include "base/alloc.h"
#include "fetch/providers/credentials-json.h"

static const struct secret *get_key(
        const struct profile *profile, const char *key, bool in_credentials_file)
{
	const struct profile_property *p = profile_get(profile, key);

	return p && p->value.size > 0 && p->from_credentials_file == in_credentials_file ? &p->value
	                                                                                 : NULL;
}

/* The SDKs' documentation requires a file that only its owner can read. */
static void check_mode(const char *file, struct reason *ret_warning)
{
	struct stat st;

	if (stat(file, &st) == 0 && (st.st_mode & S_IROTH))
		reason_set(ret_warning, EPERM, "exposed-keys",
		        "%s holds AWS keys and every user can read it; chmod 0600 %s", file, file);
}

/* The values go into HTTP headers. They are never shown. */
static int check_text(const char *label, const char *file, const char *key,
        const struct secret *value, struct reason *ret_reason)
{
	if (!value || (strlen(secret_string(value)) == value->size &&
	                      credentials_text_is_clean(secret_string(value))))
		return 0;
	return reason_set(ret_reason, EINVAL, "bad-key",
	        "%s in %s: %s has a space, a control character or a non-ASCII character; copy it "
	        "again",
	        label, file, key);
}

static int read_keys(const struct profile *profile, const char *file, bool is_credentials_file,
        struct credentials *ret, struct reason *ret_reason)
{
	const struct secret *id = get_key(profile, "aws_access_key_id", is_credentials_file);
	const struct secret *key = get_key(profile, "aws_secret_access_key", is_credentials_file);
	const char *token_key = "aws_security_token";
	const struct secret *token = get_key(profile, token_key, is_credentials_file);
	const char *account = profile_string(profile, "aws_account_id");
	char label[PROFILE_LABEL_SIZE];
	int r;

	profile_label(profile, label, sizeof(label));
	if (!id && !key) {
		reason_set(ret_reason, ENOENT, "not-set", "keys: none for %s in %s", label, file);
		return 0;
	}
	if (!id || !key)
		return reason_set(ret_reason, EINVAL, "half-a-key",
		        "%s in %s has %s but not %s; set both", label, file,
		        id ? "aws_access_key_id" : "aws_secret_access_key",
		        id ? "aws_secret_access_key" : "aws_access_key_id");
	if (!token) { /* the old name first, as in the AWS CLI */
		token_key = "aws_session_token";
		token = get_key(profile, token_key, is_credentials_file);
	}
	r = check_text(label, file, "aws_access_key_id", id, ret_reason);
	if (r == 0)
		r = check_text(label, file, "aws_secret_access_key", key, ret_reason);
	if (r == 0)
		r = check_text(label, file, token_key, token, ret_reason);
	if (r < 0)
		return r;
	*ret = (struct credentials){.access_key_id = xstrdup(secret_string(id)),
	        .account_id = account ? xstrdup(account) : NULL};
	secret_set(&ret->secret_access_key, key->data, key->size);
	if (token)
		secret_set(&ret->session_token, token->data, token->size);
	check_mode(file, &ret->warning);
	return 1;
}

int provider_credentials_file(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	return read_keys(profile, identity->credentials_file, true, ret, ret_reason);
}

int provider_config_file(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	return read_keys(profile, identity->config_file, false, ret, ret_reason);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An OpenID provider issues the token, such as a Kubernetes cluster or a CI system, which controls
 * it. The file is read each time, because tokens are replaced while we run. Source: "Assume role
 * with web identity" in the AWS SDKs and Tools Reference Guide.
 */

#include "fetch/providers/provider-web-identity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "aws/profile.h"
#include "base/alloc.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/user-name.h"
#include "fetch/providers/assume-role.h"

#define TOKEN_MAX_SIZE (64 * 1024)

/* One of the three settings, and its place. */
struct setting {
	const char *value;
	const char *variable; /* NULL: in the profile */
};

/*
 * As in the AWS CLI, each variable has precedence over the profile, but is not read for a profile
 * that the ini names or for a source_profile.
 */
static struct setting find_setting(
        const struct profile *profile, bool in_environment, const char *variable, const char *key)
{
	const char *value = in_environment ? environment_get(variable) : NULL;

	if (value)
		return (struct setting){value, variable};
	return (struct setting){profile ? profile_string(profile, key) : NULL, NULL};
}

static int read_token(const char *path, struct secret *ret, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = file_read(AT_FDCWD, path, TOKEN_MAX_SIZE, &text);
	char user[64];
	size_t n;

	if (r == -EFBIG)
		return reason_set(ret_reason, EFBIG, "web-identity-token",
		        "web identity: the token file %s is too large; a token has at most 64 KiB",
		        path);
	if (r < 0)
		return reason_set(ret_reason, -r, "web-identity-token",
		        "web identity: the token file %s cannot be read: %s; the user %s must be "
		        "able to read it",
		        path, strerror(-r), user_name(user, sizeof(user)));
	n = strlen(secret_string(&text));
	while (n > 0 && strchr(" \t\r\n", text.data[n - 1]))
		n--;
	if (n == 0)
		return reason_set(ret_reason, EINVAL, "web-identity-token",
		        "web identity: the token file %s is empty; correct the program that writes "
		        "it",
		        path);
	secret_set(ret, text.data, n);
	return 0;
}

static int fail_without_role(
        const struct profile *profile, struct setting file, struct reason *ret_reason)
{
	char label[PROFILE_LABEL_SIZE];

	if (file.variable)
		return reason_set(ret_reason, EINVAL, "web-identity-role",
		        "web identity: %s is set but AWS_ROLE_ARN is not; set both", file.variable);
	return reason_set(ret_reason, EINVAL, "web-identity-role",
	        "web identity: %s has web_identity_token_file but no role_arn; set both",
	        profile_label(profile, label, sizeof(label)));
}

static int assume(const struct identity *identity, const struct profile *profile,
        bool in_environment, struct credentials *ret, struct reason *ret_reason)
{
	struct setting file = find_setting(
	        profile, in_environment, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
	struct setting role = find_setting(profile, in_environment, "AWS_ROLE_ARN", "role_arn");
	struct setting name =
	        find_setting(profile, in_environment, "AWS_ROLE_SESSION_NAME", "role_session_name");
	struct sts_role wanted = {};
	_secret_ struct secret token = {};
	int r = 0;

	if (!file.value) {
		reason_set(ret_reason, ENOENT, "not-set",
		        in_environment ? "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set"
		                       : "web identity: no web_identity_token_file");
		return 0;
	}
	if (!role.value)
		return fail_without_role(profile, file, ret_reason);
	if (!file.variable)
		r = role_read(profile, &wanted, ret_reason);
	if (r == 0)
		r = read_token(file.value, &token, ret_reason);
	if (r < 0)
		return r;
	wanted.role_arn = role.value;
	wanted.session_name = name.value;
	wanted.external_id = NULL; /* AssumeRoleWithWebIdentity has none */
	r = sts_assume_role_with_web_identity(identity, &token, &wanted, ret, ret_reason);
	return r < 0 ? r : 1;
}

int provider_web_identity(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason)
{
	bool in_environment = !profile;

	if (in_environment)
		profile = identity_profile(identity);
	return assume(identity, profile, in_environment, ret, ret_reason);
}

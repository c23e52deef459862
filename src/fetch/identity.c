/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order and precedence are the AWS CLI's, with the departures that a service needs: a profile named
 * in the ini comes before keys in the environment, as --profile does there, and AWS_PROFILE does
 * not.
 */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "../common/alloc.h"
#include "../common/environment.h"
#include "../common/file.h"
#include "../common/paths.h"

static char *expand_home(const char *path)
{
	_cleanup_(freep) char *home = NULL;

	if (strncmp(path, "~/", 2) != 0)
		return xstrdup(path);
	home = paths_home();
	return xasprintf("%s/%s", home ? home : "", path + 2);
}

/* A credential that systemd hands the service (LoadCredential=), if there is one of this name. */
static char *systemd_credential(const char *name)
{
	const char *dir = environment_get("CREDENTIALS_DIRECTORY");
	_cleanup_(freep) char *path = dir ? xasprintf("%s/%s", dir, name) : NULL;

	return path && access(path, F_OK) == 0 ? TAKE_PTR(path) : NULL;
}

static char *find_file(const struct config_identity *config, const char *key,
        const char *credential, const char *variable, const char *fallback)
{
	const char *named = config_identity_get(config, key);
	char *path = named ? expand_home(named) : systemd_credential(credential);

	if (path)
		return path;
	return expand_home(environment_get(variable) ? environment_get(variable) : fallback);
}

static int read_shared_file(const char *path, bool is_credentials_file, struct profile_set *set,
        struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = file_read(AT_FDCWD, path, PROFILE_FILE_MAX_SIZE, &text);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return reason_set(ret_reason, -r, "aws-file-unreadable",
		        "%s: cannot be read: %s; it has to be readable for the user %s", path,
		        strerror(-r), geteuid() == 0 ? "root" : SERVICE_USER);
	return profile_parse(
	        secret_string(&text), text.size, path, is_credentials_file, set, ret_reason);
}

static int choose_profile(struct identity *i, struct reason *ret_reason)
{
	const char *ini = config_identity_get(i->config, "profile");
	const char *variable =
	        environment_get("AWS_PROFILE") ? "AWS_PROFILE" : "AWS_DEFAULT_PROFILE";
	const char *named = ini ? ini : environment_get(variable);

	i->profile_is_chosen = named;
	i->profile_name = named ? named : "default";
	if (!named || profile_find(&i->profiles, PROFILE_PROFILE, named))
		return 0;
	return reason_set(ret_reason, ENOENT, "no-such-profile",
	        "profile \"%s\" (named by %s) is neither in %s nor in %s", named,
	        ini ? "the ini" : variable, i->config_file, i->credentials_file);
}

int identity_open(const struct config_identity *config, uint64_t deadline, struct identity *ret,
        struct reason *ret_reason)
{
	_cleanup_(identity_done) struct identity i = {.config = config, .deadline = deadline};
	int r;

	i.config_file =
	        find_file(config, "config_file", "aws-config", "AWS_CONFIG_FILE", "~/.aws/config");
	i.credentials_file = find_file(config, "credentials_file", "aws-credentials",
	        "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
	r = read_shared_file(i.config_file, false, &i.profiles, ret_reason);
	if (r == 0)
		r = read_shared_file(i.credentials_file, true, &i.profiles, ret_reason);
	if (r == 0)
		r = choose_profile(&i, ret_reason);
	if (r < 0)
		return r;
	*ret = i;
	i = (struct identity){};
	return 0;
}

/* What the ini may ask for and this version cannot do: never to be passed over. */
static int refuse_unsupported(const struct config_identity *config, struct reason *ret_reason)
{
	static const char *const keys[] = {"role_arn", "credential_process", "sso_session",
	        "sso_start_url", "login_session", "web_identity_token_file", "trust_anchor_arn"};

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
		if (config_identity_get(config, keys[k]))
			return reason_set(ret_reason, EOPNOTSUPP, "unsupported",
			        "the ini asks for %s, which this version does not know how to "
			        "use; give the identity keys of its own",
			        keys[k]);
	return 0;
}

typedef int (*provider_fn)(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

int identity_resolve(const struct identity *identity, struct credentials *ret,
        struct reason *ret_reason, struct tried_list *ret_tried)
{
	static const provider_fn by_environment[] = {provider_environment, provider_static_keys};
	static const provider_fn by_profile[] = {provider_static_keys};
	bool chosen = config_identity_get(identity->config, "profile");
	const provider_fn *providers = chosen ? by_profile : by_environment;
	size_t n = chosen ? ARRAY_SIZE(by_profile) : ARRAY_SIZE(by_environment);
	const struct profile *profile =
	        profile_find(&identity->profiles, PROFILE_PROFILE, identity->profile_name);
	char tried[sizeof(ret_reason->text)] = "";
	int r = refuse_unsupported(identity->config, ret_reason);

	if (ret_tried)
		ret_tried->count = 0;
	if (r < 0)
		return r;
	for (size_t p = 0; p < n; p++) {
		struct reason why = {};
		size_t used = strlen(tried);

		r = providers[p](identity, profile, ret, &why);
		if (r > 0)
			return 0;
		if (r < 0) {
			*ret_reason = why;
			return r;
		}
		snprintf(tried + used, sizeof(tried) - used, "%s%s", used ? "; " : "", why.text);
	}
	return reason_set(ret_reason, ENOENT, "no-credentials", "no AWS credentials: %s", tried);
}

const struct profile *identity_profile(const struct identity *identity)
{
	return profile_find(&identity->profiles, PROFILE_PROFILE, identity->profile_name);
}

const char *identity_get(const struct identity *identity, const char *key)
{
	const char *own = config_identity_get(identity->config, key);
	const struct profile *profile = identity_profile(identity);
	const struct profile_property *property = profile ? profile_get(profile, key) : NULL;

	if (own)
		return own;
	return property && property->value.size > 0 ? secret_string(&property->value) : NULL;
}

const char *identity_region(const struct identity *identity)
{
	const char *region = config_identity_get(identity->config, "region");
	const struct profile *profile;
	const struct profile_property *property;

	if (!region)
		region = environment_get("AWS_REGION");
	if (!region)
		region = environment_get("AWS_DEFAULT_REGION");
	if (region)
		return region;
	profile = profile_find(&identity->profiles, PROFILE_PROFILE, identity->profile_name);
	property = profile ? profile_get(profile, "region") : NULL;
	return property && property->value.size > 0 ? secret_string(&property->value) : NULL;
}

const char *identity_label(const char *name, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s%s", *name ? "identity " : "the default identity", name);
	return buffer;
}

void identity_done(struct identity *i)
{
	profile_set_done(&i->profiles);
	free(i->config_file);
	free(i->credentials_file);
	*i = (struct identity){};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the settings that identify a principal. The administrator controls the ini, the user the
 * environment and the AWS files. Settings outside of aws-settings.h are ignored: other tools keep
 * passwords in profiles.
 */
#include "pull/identity-fingerprint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "base/alloc.h"
#include "base/environment.h"
#include "base/file.h"
#include "config/aws-settings.h"
#include "config/shared-files.h"

#define MAX_PROFILES 8 /* in a chain of source_profile; ecr-fetch follows no more */

static const char *const identifying_variables[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE",
        "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_LOGIN_CACHE_DIRECTORY", "AWS_EC2_METADATA_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_ECR_PUBLIC",
        "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC",
        "AWS_ENDPOINT_URL_SIGNIN", "AWS_ENDPOINT_URL_ROLESANYWHERE"};

/* Each of these selects other keys; keys in the environment itself come first. */
static const char *const selecting_variables[] = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE",
        "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI"};

static void add_setting(struct secret *text, const char *what, const char *key, const char *value)
{
	_cleanup_(freep) char *line =
	        value ? xconcat(what, " ", key, "=", value, "\n", NULL) : NULL;

	if (line)
		secret_append_string(text, line);
}

static const char *get_value(const struct profile *profile, const char *key)
{
	const struct profile_property *p = profile_get(profile, key);

	return p && p->value.size > 0 ? secret_string(&p->value) : NULL;
}

/*
 * Adds the id of permanent keys. That of temporary keys changes by the hour: of these, only the
 * letters for the account are added, which follow the four letters for the kind of key.
 */
static void add_key_id(struct secret *text, const struct profile *profile)
{
	const char *id = get_value(profile, "aws_access_key_id");
	bool is_temporary =
	        get_value(profile, "aws_session_token") || get_value(profile, "aws_security_token");
	_cleanup_(freep) char *account =
	        id && is_temporary && strlen(id) >= 16 ? xstrndup(id + 4, 8) : NULL;

	if (is_temporary)
		add_setting(text, "profile", "temporary keys of", account);
	else
		add_setting(text, "profile", "aws_access_key_id", id);
}

/* Adds [sso-session NAME] or [services NAME], which contain only addresses. */
static void add_section(struct secret *text, const struct profile_set *profiles,
        enum profile_kind kind, const char *name)
{
	const struct profile *section = name ? profile_find(profiles, kind, name) : NULL;

	for (size_t i = 0; section && i < section->n_properties; i++)
		add_setting(text, "section", section->properties[i].key,
		        secret_string(&section->properties[i].value));
}

static void add_profile(
        struct secret *text, const struct profile_set *profiles, const struct profile *profile)
{
	add_setting(text, "profile", "name", profile->name);
	for (const struct config_key *s = aws_settings; s->name; s++)
		if (aws_setting_is_in_fingerprint(s))
			add_setting(text, "profile", s->name, get_value(profile, s->name));
	add_key_id(text, profile);
	add_section(text, profiles, PROFILE_SSO_SESSION, get_value(profile, "sso_session"));
	add_section(text, profiles, PROFILE_SERVICES, get_value(profile, "services"));
}

/* Adds a profile and the chain of its source_profile; MAX_PROFILES ends a circle. */
static void add_profiles(struct secret *text, const struct profile_set *profiles, const char *name)
{
	for (unsigned i = 0; name && i < MAX_PROFILES; i++) {
		const struct profile *profile = profile_find(profiles, PROFILE_PROFILE, name);
		const char *source = profile ? get_value(profile, "source_profile") : NULL;

		if (profile)
			add_profile(text, profiles, profile);
		name = source && strcmp(source, name) != 0 ? source : NULL;
	}
}

/* Reports whether the section selects an identity, whatever keys the environment has. */
static bool is_own_principal(const struct config_identity *identity)
{
	for (const struct config_key *s = aws_settings; s->name; s++)
		if ((s->provider || s->selects_identity) && config_identity_get(identity, s->name))
			return true;
	return false;
}

bool identity_fingerprint_may_match(const struct config_identity *identity, const char *principal)
{
	const char *key_id = environment_get("AWS_ACCESS_KEY_ID");

	if (is_own_principal(identity))
		return true;
	if (key_id)
		return principal && strcmp(principal, key_id) == 0;
	for (size_t i = 0; i < ARRAY_SIZE(selecting_variables); i++)
		if (environment_get(selecting_variables[i]))
			return false;
	return true;
}

static void add_environment(struct secret *text, const struct config_identity *identity)
{
	for (size_t i = 0; i < ARRAY_SIZE(identifying_variables); i++)
		add_setting(text, "environment", identifying_variables[i],
		        environment_get(identifying_variables[i]));
	/* The file may have another name each time. */
	if (environment_get("AWS_WEB_IDENTITY_TOKEN_FILE"))
		add_setting(text, "environment", "AWS_WEB_IDENTITY_TOKEN_FILE", "set");
	if (!is_own_principal(identity))
		add_setting(text, "environment", "AWS_ACCESS_KEY_ID",
		        environment_get("AWS_ACCESS_KEY_ID"));
}

char *identity_fingerprint_make(
        const struct config_identity *identity, const struct profile_set *profiles)
{
	_cleanup_(freep) char *settings = config_identity_text(identity);
	const char *name = config_identity_get(identity, "profile");
	_secret_ struct secret text = {};

	secret_append_string(&text, settings);
	add_environment(&text, identity);
	if (!name)
		name = environment_get("AWS_PROFILE");
	if (!name)
		name = environment_get("AWS_DEFAULT_PROFILE");
	add_profiles(&text, profiles, name ? name : "default");
	add_profiles(&text, profiles, config_identity_get(identity, "source_profile"));
	add_section(
	        &text, profiles, PROFILE_SSO_SESSION, config_identity_get(identity, "sso_session"));
	add_section(&text, profiles, PROFILE_SERVICES, config_identity_get(identity, "services"));
	return xstrdup(secret_string(&text));
}

static int read_profiles(const struct config_identity *identity, enum shared_file file,
        const char *home, struct profile_set *profiles)
{
	_cleanup_(freep) char *path = shared_file_path(identity, file, home);
	_secret_ struct secret text = {};
	int r = file_read(AT_FDCWD, path, PROFILE_FILE_MAX_SIZE, &text);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	return profile_parse(secret_string(&text), text.size, path, file == AWS_CREDENTIALS_FILE,
	        profiles, NULL);
}

static int read_both(
        const struct config_identity *identity, const char *home, struct profile_set *profiles)
{
	int r = read_profiles(identity, AWS_CONFIG_FILE, home, profiles);

	return r < 0 ? r : read_profiles(identity, AWS_CREDENTIALS_FILE, home, profiles);
}

/* Reads as that user: root must not follow links, for instance, that another user has made. */
static int read_as(const struct passwd *owner, const struct config_identity *identity,
        struct profile_set *profiles)
{
	const gid_t group = getegid();
	int r;

	if (setegid(owner->pw_gid) < 0)
		return -errno;
	r = seteuid(owner->pw_uid) < 0 ? -errno : read_both(identity, owner->pw_dir, profiles);
	if (seteuid(0) < 0 || setegid(group) < 0)
		_exit(EXIT_FAILURE);
	return r;
}

int identity_fingerprint_find(
        const struct config_identity *identity, const struct passwd *owner, char **ret)
{
	_cleanup_(profile_set_done) struct profile_set profiles = {};
	int r = owner ? read_as(owner, identity, &profiles) : read_both(identity, NULL, &profiles);

	if (r < 0)
		return r;
	*ret = identity_fingerprint_make(identity, &profiles);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/identity/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "aws/profile.h"
#include "base/alloc.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/user-name.h"
#include "config/aws-settings.h"
#include "config/paths.h"
#include "config/shared-files.h"

/* key is the setting of the ini that names the file. If NULL, the file may be absent. */
static int read_shared_file(const char *path, const char *key, bool is_credentials_file,
        struct profile_set *set, struct reason *ret_reason)
{
	_secret_ struct secret text = {};
	int r = file_read(AT_FDCWD, path, PROFILE_FILE_MAX_SIZE, &text);
	char user[64];

	if ((r == -ENOENT || r == -ENOTDIR) && key)
		return reason_set(ret_reason, ENOENT, "no-aws-file",
		        "%s, which the ini names (%s), does not exist; create it, or correct the "
		        "setting",
		        path, key);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return reason_set(ret_reason, -r, "aws-file-unreadable",
		        "%s: cannot be read: %s; the user %s must be able to read it", path,
		        strerror(-r), user_name(user, sizeof(user)));
	return profile_parse(
	        secret_string(&text), text.size, path, is_credentials_file, set, ret_reason);
}

/* Returns the setting of the ini that names the file, or NULL if none does. */
static const char *naming_setting(const struct identity *i, enum shared_file file)
{
	const char *setting = shared_file_setting(file);

	return config_identity_get(i->config, setting) ? setting : NULL;
}

static int read_shared_files(struct identity *i, struct reason *ret_reason)
{
	int r = read_shared_file(i->config_file, naming_setting(i, AWS_CONFIG_FILE), false,
	        &i->profiles, ret_reason);

	if (r < 0)
		return r;
	return read_shared_file(i->credentials_file, naming_setting(i, AWS_CREDENTIALS_FILE), true,
	        &i->profiles, ret_reason);
}

static int choose_profile(struct identity *i, struct reason *ret_reason)
{
	const char *ini = config_identity_get(i->config, "profile");
	const char *variable =
	        environment_get("AWS_PROFILE") ? "AWS_PROFILE" : "AWS_DEFAULT_PROFILE";
	const char *named = ini ? ini : environment_get(variable);

	i->profile_name = named ? named : "default";
	if (!named || profile_find(&i->profiles, PROFILE_PROFILE, named))
		return 0;
	return reason_set(ret_reason, ENOENT, "no-such-profile",
	        "profile \"%s\" (named by %s) is neither in %s nor in %s; add it, or name another "
	        "one",
	        named, ini ? "the ini" : variable, i->config_file, i->credentials_file);
}

/* Copies the section into a profile, so that providers read both in the same way. */
static void read_section(const struct config_identity *config, struct profile_set *own)
{
	struct profile *profile = array_append(&own->profiles, &own->n_profiles, sizeof(*profile));

	profile->name = xasprintf("[aws%s%s]", *config->name ? " " : "", config->name);
	for (size_t i = 0; i < config->n_settings; i++) {
		const struct config_setting *setting = &config->settings[i];
		const struct config_key *known = aws_setting_find(setting->key);
		_cleanup_(freep) char *value = known && known->is_path
		                                       ? paths_expand(setting->value)
		                                       : xstrdup(setting->value);
		struct profile_property *property = array_append(
		        &profile->properties, &profile->n_properties, sizeof(*property));

		property->key = xstrdup(setting->key);
		secret_set_string(&property->value, value);
	}
}

/* Rejects settings that would have no effect. */
static int check_section(const struct profile *own, struct reason *ret_reason)
{
	for (const struct config_key *s = aws_settings; s->name; s++)
		if (s->needs_role && profile_string(own, s->name) &&
		        !profile_string(own, "role_arn"))
			return reason_set(ret_reason, EINVAL, "no-role",
			        "%s of the ini has %s, which needs a role_arn; add role_arn, or "
			        "remove %s",
			        own->name, s->name, s->name);
	return 0;
}

int identity_open(const struct config_identity *config, uint64_t deadline, struct identity *ret,
        struct reason *ret_reason)
{
	_cleanup_(identity_done) struct identity i = {.config = config, .deadline = deadline};
	int r;

	read_section(config, &i.own);
	i.config_file = shared_file_path(config, AWS_CONFIG_FILE, NULL);
	i.credentials_file = shared_file_path(config, AWS_CREDENTIALS_FILE, NULL);
	r = check_section(i.own.profiles, ret_reason);
	if (r == 0)
		r = read_shared_files(&i, ret_reason);
	if (r == 0)
		r = choose_profile(&i, ret_reason);
	if (r < 0)
		return r;
	i.metadata_token = xcalloc(1, sizeof(*i.metadata_token));
	*ret = i;

	i = (struct identity){};
	return 0;
}

const struct profile *identity_profile(const struct identity *identity)
{
	return profile_find(&identity->profiles, PROFILE_PROFILE, identity->profile_name);
}

const char *identity_get(const struct identity *identity, const char *key)
{
	const char *own = profile_string(identity->own.profiles, key);
	const struct profile *profile = identity_profile(identity);

	if (own)
		return own;
	return profile ? profile_string(profile, key) : NULL;
}

const char *identity_region(const struct identity *identity)
{
	const char *region = profile_string(identity->own.profiles, "region");

	if (!region)
		region = environment_get("AWS_REGION");
	if (!region)
		region = environment_get("AWS_DEFAULT_REGION");
	return region ? region : identity_get(identity, "region");
}

const char *identity_label(const char *name, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s%s", *name ? "identity " : "the default identity", name);
	return buffer;
}

void identity_done(struct identity *i)
{
	profile_set_done(&i->own);
	profile_set_done(&i->profiles);
	free(i->config_file);
	free(i->credentials_file);
	if (i->metadata_token)
		secret_done(i->metadata_token);
	free(i->metadata_token);
	*i = (struct identity){};
}

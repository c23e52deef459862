/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The settings have two forms: the newer has the session's keys in an [sso-session NAME] that
 * several profiles share, the legacy form has all of them in the profile. The rules are botocore's.
 * The owner of the shared files controls them.
 */

#include "fetch/providers/sso-config.h"

#include <errno.h>
#include <string.h>

#include "aws/profile.h"
#include "aws/registry-host.h"

/* Reads a key of the session. The profile may repeat it with the same value. */
static int read_session_key(const struct profile *session, const struct profile *profile,
        const char *key, const char **ret, struct reason *ret_reason)
{
	const char *of_session = profile_string(session, key),
	           *of_profile = profile_string(profile, key);
	char label[PROFILE_LABEL_SIZE];

	if (of_session && of_profile && strcmp(of_session, of_profile) != 0)
		return reason_set(ret_reason, EINVAL, "sso-contradiction",
		        "SSO: %s and [sso-session %s] have different values of %s; remove it from "
		        "the profile",
		        profile_label(profile, label, sizeof(label)), session->name, key);
	*ret = of_session ? of_session : of_profile;
	return 0;
}

static int read_session(const struct profile_set *profiles, const struct profile *profile,
        struct sso_config *config, struct reason *ret_reason)
{
	const struct profile *session;
	char label[PROFILE_LABEL_SIZE];
	int r;

	if (!config->session) {
		config->start_url = profile_string(profile, "sso_start_url");
		config->region = profile_string(profile, "sso_region");
		return 0;
	}
	session = profile_find(profiles, PROFILE_SSO_SESSION, config->session);
	if (!session)
		return reason_set(ret_reason, EINVAL, "no-sso-session",
		        "SSO: %s has sso_session = %s, but the config file has no [sso-session "
		        "%s]; run \"aws configure sso-session\"",
		        profile_label(profile, label, sizeof(label)), config->session,
		        config->session);
	r = read_session_key(session, profile, "sso_start_url", &config->start_url, ret_reason);
	if (r == 0)
		r = read_session_key(session, profile, "sso_region", &config->region, ret_reason);
	return r;
}

static int check(
        const struct profile *profile, const struct sso_config *config, struct reason *ret_reason)
{
	const char *missing = !config->account_id  ? "sso_account_id"
	                      : !config->role_name ? "sso_role_name"
	                      : !config->start_url ? "sso_start_url"
	                      : !config->region    ? "sso_region"
	                                           : NULL;
	char label[PROFILE_LABEL_SIZE];

	profile_label(profile, label, sizeof(label));
	if (missing)
		return reason_set(ret_reason, EINVAL, "sso-incomplete",
		        "SSO: %s is incomplete: it has no %s; add it, or run \"aws configure sso\"",
		        label, missing);
	if (!region_is_valid(config->region))
		return reason_set(ret_reason, EINVAL, "bad-region",
		        "SSO: %s: invalid sso_region; expected one such as eu-central-1", label);
	return 0;
}

int sso_config_read(const struct profile_set *profiles, const struct profile *profile,
        struct sso_config *ret, struct reason *ret_reason)
{
	struct sso_config config = {.session = profile_string(profile, "sso_session"),
	        .account_id = profile_string(profile, "sso_account_id"),
	        .role_name = profile_string(profile, "sso_role_name")};
	char label[PROFILE_LABEL_SIZE];
	int r;

	profile_label(profile, label, sizeof(label));
	if (!config.account_id && !config.role_name) {
		const char *key = config.session                             ? "sso_session"
		                  : profile_string(profile, "sso_start_url") ? "sso_start_url"
		                                                             : NULL;

		reason_set(ret_reason, ENOENT, "not-set",
		        key ? "SSO: %s has %s, which supplies a token but no credentials without "
		              "sso_account_id and sso_role_name"
		            : "SSO: %s has no %s",
		        label, key ? key : "sso_account_id and sso_role_name");
		return 0;
	}
	r = read_session(profiles, profile, &config, ret_reason);
	if (r == 0)
		r = check(profile, &config, ret_reason);
	if (r < 0)
		return r;
	*ret = config;
	return 1;
}

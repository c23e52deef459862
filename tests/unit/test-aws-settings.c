/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of settings and the code that depends on it: each setting of a provider makes the chain
 * try that provider, counts as credentials, and is part of the identity's fingerprint.
 */
#include "config/aws-settings.h"

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "fetch/identity/role-chain.h"
#include "fetch/providers/provider-chain.h"
#include "identity-fixture.h"
#include "pull/identity-fingerprint.h"

static const char *value_of(const struct config_key *setting)
{
	static const char *const values[] = {"/nonexistent", "https://corp.awsapps.com/start",
	        "210987654321", "arn:aws:rolesanywhere:eu-central-1:210987654321:trust-anchor/x"};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (!setting->is_valid || setting->is_valid(values[i]))
			return values[i];
	CHECK(!"the setting has a value here that is valid");
	return "";
}

/* Resolves [aws] with this setting alone, which fails: the other settings are missing. */
static void check_attempts(const struct config_key *setting)
{
	struct config_setting one = {(char *)setting->name, (char *)value_of(setting), 2};
	struct config_identity section = {.name = (char *)"", .settings = &one, .n_settings = 1};
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials credentials = {};
	struct attempt_list attempts = {};
	struct reason reason = {};
	bool is_tried = false;

	CHECK_INT(identity_open(&section, monotonic_now() + USEC_PER_SEC, &identity, &reason), 0);
	CHECK(profile_has_credentials(identity.own.profiles));
	CHECK(provider_chain_resolve(&identity, &credentials, &reason, &attempts) < 0);
	for (size_t i = 0; i < attempts.count; i++)
		is_tried |= strcmp(attempts.items[i].provider, setting->provider) == 0;
	CHECK(is_tried);
}

static char *fingerprint(const char *key, const char *value)
{
	_cleanup_(profile_set_done) struct profile_set profiles = {};
	_cleanup_(freep) char *text = xasprintf("[default]\n%s = %s\n", key, value);
	struct config_identity section = {.name = (char *)""};

	CHECK_INT(profile_parse(text, strlen(text), "config", false, &profiles, NULL), 0);
	return identity_fingerprint_make(&section, &profiles);
}

static void check_fingerprint(const struct config_key *setting)
{
	_cleanup_(freep) char *one = fingerprint(setting->name, "one");
	_cleanup_(freep) char *two = fingerprint(setting->name, "two");

	CHECK((strcmp(one, two) != 0) == aws_setting_is_in_fingerprint(setting));
}

/* In another order a fingerprint changes, and with it the names of all files of the pull cache. */
static void test_order(void)
{
	static const char *const order[] = {"role_arn", "source_profile", "credential_source",
	        "external_id", "role_session_name", "web_identity_token_file", "sso_session",
	        "sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "login_session",
	        "credential_process", "trust_anchor_arn", "profile_arn", "certificate",
	        "private_key", "aws_account_id", "x_principal_arn", "endpoint_url", "services",
	        "ignore_configured_endpoint_urls", "ec2_metadata_service_endpoint"};
	size_t n = 0;

	tap_begin("the settings of a fingerprint keep their order");
	for (const struct config_key *s = aws_settings; s->name; s++)
		if (aws_setting_is_in_fingerprint(s) && CHECK(n < ARRAY_SIZE(order)))
			CHECK_STRING(s->name, order[n++]);
	CHECK_INT(n, ARRAY_SIZE(order));
	tap_end();
}

int main(void)
{
	fixture_begin();
	fixture_environment(NULL);
	setenv("HOME", fixture_directory, 1);
	for (const struct config_key *s = aws_settings; s->name; s++) {
		tap_begin("%s", s->name);
		if (s->provider && !s->profile_only)
			check_attempts(s);
		if (!s->is_secret)
			check_fingerprint(s);
		CHECK(aws_setting_find(s->name) == s);
		CHECK(!s->is_secret || s->profile_only);
		tap_end();
	}
	fixture_end();
	test_order();
	return tap_finish();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "aws/profile.h"
#include "conformance.h"
#include "fetch/identity/role-chain.h"
#include "fetch/providers/provider-chain.h"
#include "identity-fixture.h"
#include "no-network.h"

static void append(struct secret *text, const char *kind, struct json_object *sections)
{
	if (!sections)
		return;
	json_object_object_foreach(sections, name, properties)
	{
		_cleanup_(freep) char *heading = xasprintf("[%s %s]\n", kind, name);

		secret_append_string(text, heading);
		json_object_object_foreach(properties, key, value)
		{
			_cleanup_(freep) char *line =
			        xasprintf("%s = %s\n", key, json_object_get_string(value));

			secret_append_string(text, line);
		}
	}
}

static int open_case(struct json_object *input, struct identity *ret, struct reason *reason)
{
	_secret_ struct secret text = {};

	append(&text, "profile", member(input, "profiles"));
	append(&text, "sso-session", member(input, "sso_sessions"));
	fixture_environment(NULL);
	fixture_file("config", "AWS_CONFIG_FILE", secret_string(&text));
	fixture_file("credentials", "AWS_SHARED_CREDENTIALS_FILE", "");
	fixture_choose(member_string(input, "selected_profile"));
	return fixture_open(ret, reason);
}

/* Returns a setting of a step by its name in the cases. */
static const char *setting(
        const struct identity *identity, const struct profile *profile, const char *key)
{
	static const char *const names[][2] = {{"access_key_id", "aws_access_key_id"},
	        {"secret_access_key", "aws_secret_access_key"},
	        {"session_token", "aws_session_token"}, {"account_id", "aws_account_id"}};
	const char *session = profile_string(profile, "sso_session"), *value;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i][0], key) == 0)
			key = names[i][1];
	value = profile_string(profile, key);
	if (!value && session && profile_find(&identity->profiles, PROFILE_SSO_SESSION, session))
		value = profile_string(
		        profile_find(&identity->profiles, PROFILE_SSO_SESSION, session), key);
	return value;
}

static void check_settings(
        const struct identity *identity, const struct profile *profile, struct json_object *wanted)
{
	json_object_object_foreach(wanted, key, value)
	{
		CHECK_STRING(setting(identity, profile, key), json_object_get_string(value));
	}
}

static const char *provider_of(const char *kind)
{
	static const char *const names[][2] = {{"AccessKey", "config-file"},
	        {"WebIdentityToken", "web-identity"}, {"Sso", "sso"},
	        {"CredentialProcess", "credential-process"}, {"LoginSession", "login"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i][0], kind) == 0)
			return names[i][1];
	return NULL;
}

/* Returns the last provider tried for the base profile, or NULL. */
static const struct attempt *last_attempt(const struct attempt_list *attempts)
{
	const struct attempt *last =
	        attempts->count > 0 ? &attempts->items[attempts->count - 1] : NULL;

	return last && last->outcome != 0 ? last : NULL;
}

/*
 * An sso_session alone supplies a token, not credentials: other providers follow, and its reason
 * says so.
 */
static bool is_mere_session(const struct attempt_list *attempts, struct json_object *wanted)
{
	if (member(wanted, "sso_account_id") || member(wanted, "sso_role_name"))
		return false;
	for (size_t i = 0; i < attempts->count; i++)
		if (strcmp(attempts->items[i].provider, "sso") == 0)
			return CHECK(strstr(attempts->items[i].reason.text, "sso_account_id"));
	return false;
}

static void check_base(const struct identity *identity, const struct role_chain *chain,
        const struct attempt_list *attempts, struct json_object *step)
{
	static const char *const sources[] = {[ROLE_BASE_ENVIRONMENT] = "Environment",
	        [ROLE_BASE_EC2] = "Ec2InstanceMetadata",
	        [ROLE_BASE_CONTAINER] = "EcsContainer"};

	json_object_object_foreach(step, kind, wanted)
	{
		if (strcmp(kind, "NamedSource") == 0) {
			if (CHECK(chain->base != ROLE_BASE_PROFILE))
				CHECK_STRING(sources[chain->base], json_object_get_string(wanted));
			continue;
		}
		CHECK_INT(chain->base, ROLE_BASE_PROFILE);
		if (strcmp(kind, "Sso") != 0 || !is_mere_session(attempts, wanted))
			CHECK_STRING(
			        last_attempt(attempts) ? last_attempt(attempts)->provider : NULL,
			        provider_of(kind));
		check_settings(identity, chain->base_profile, wanted);
	}
}

static void check_steps(const struct identity *identity, const struct role_chain *chain,
        const struct attempt_list *attempts, struct json_object *steps)
{
	if (!CHECK_INT((long long)chain->n_roles + 1, json_object_array_length(steps)))
		return;
	check_base(identity, chain, attempts, json_object_array_get_idx(steps, 0));
	for (size_t i = 0; i < chain->n_roles; i++) {
		struct json_object *role =
		        member(json_object_array_get_idx(steps, i + 1), "AssumeRole");

		if (CHECK(role != NULL))
			check_settings(identity, chain->roles[i], role);
	}
}

static void check_case(struct json_object *test)
{
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials base = {};
	struct json_object *steps = member(member(test, "output"), "ProfileChain");
	struct role_chain chain = {};
	struct attempt_list attempts = {};
	struct reason reason = {};
	int r;

	tap_begin("%s", member_string(test, "docs"));
	http_calls = 0;
	CHECK_INT(open_case(member(test, "input"), &identity, &reason), 0);
	r = role_chain_plan(&identity.profiles, identity_profile(&identity), &chain, &reason);
	if (r == 0 && chain.base == ROLE_BASE_PROFILE)
		r = provider_chain_try_profile(
		        &identity, chain.base_profile, &base, &reason, &attempts);
	if (steps) {
		CHECK(attempts.count > 0 || chain.base != ROLE_BASE_PROFILE);
		check_steps(&identity, &chain, &attempts, steps);
	} else {
		CHECK(r < 0 || (r == 0 && chain.base == ROLE_BASE_PROFILE));
		CHECK(*reason.text);
	}
	CHECK_INT(http_calls, 0);
	tap_end();
}

/* Our own cases: the messages of mistakes. */
static const struct {
	const char *text;
	int error;
	const char *fragments[3];
} errors[] = {
        {"[profile A]\nrole_arn = r\nsource_profile = B\n[profile B]\nrole_arn = r\n"
         "source_profile = C\n[profile C]\nrole_arn = r\nsource_profile = B\n",
                -ELOOP, {"A → B → C → B"}},
        {"[profile A]\nrole_arn = r\nsource_profile = A\n", -ELOOP, {"A → A"}},
        {"[profile A]\nrole_arn = r\nsource_profile = B\ncredential_source = Environment\n",
                -EINVAL, {"\"A\"", "both"}},
        {"[profile A]\nrole_arn = r\ncredential_source = Moon\n", -EINVAL,
                {"\"A\"", "Moon", "Ec2InstanceMetadata"}},
        {"[profile A]\nrole_arn = r\nsource_profile = B\nmfa_serial = m\n[profile B]\n"
         "aws_access_key_id = a\naws_secret_access_key = TOPSECRET\n",
                -EINVAL, {"\"A\"", "mfa_serial", "service"}},
        {"[profile A]\nrole_arn = r\nsource_profile = B\n[profile B]\nregion = x\n", -ENOENT,
                {"\"B\"", "source_profile", "\"A\""}},
};

static void check_errors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		_cleanup_(profile_set_done) struct profile_set set = {};
		struct role_chain chain = {.n_roles = 99};
		struct reason reason = {};

		tap_begin("error: %s", errors[i].fragments[0]);
		CHECK_INT(profile_parse(errors[i].text, strlen(errors[i].text), "config", false,
		                  &set, &reason),
		        0);
		CHECK_INT(role_chain_plan(
		                  &set, profile_find(&set, PROFILE_PROFILE, "A"), &chain, &reason),
		        errors[i].error);
		for (size_t f = 0; f < ARRAY_SIZE(errors[i].fragments); f++) {
			const char *fragment = errors[i].fragments[f];

			if (fragment)
				tap_check(strstr(reason.text, fragment), __FILE__, __LINE__,
				        "not in \"%s\": %s", reason.text, fragment);
		}
		CHECK(!strstr(reason.text, "TOPSECRET"));
		CHECK_INT((long long)chain.n_roles, 99);
		tap_end();
	}
}

/* The longest chain that is allowed, and a longer one. */
static void check_length(void)
{
	for (int n = ROLE_CHAIN_MAX; n <= ROLE_CHAIN_MAX + 1; n++) {
		_cleanup_(profile_set_done) struct profile_set set = {};
		_secret_ struct secret text = {};
		struct role_chain chain = {};
		struct reason reason = {};
		int r;

		tap_begin("a chain of %d roles", n);
		for (int i = 0; i < n; i++) {
			_cleanup_(freep) char *section =
			        xasprintf("[profile p%d]\nrole_arn = r%d\nsource_profile = p%d\n",
			                i, i, i + 1);

			secret_append_string(&text, section);
		}
		{
			_cleanup_(freep) char *last = xasprintf(
			        "[profile p%d]\naws_access_key_id = a\naws_secret_access_key = b\n",
			        n);

			secret_append_string(&text, last);
		}
		profile_parse(text.data, text.size, "config", false, &set, NULL);
		r = role_chain_plan(
		        &set, profile_find(&set, PROFILE_PROFILE, "p0"), &chain, &reason);
		CHECK_INT(r, n > ROLE_CHAIN_MAX ? -E2BIG : 0);
		if (r == 0) {
			CHECK_INT((long long)chain.n_roles, n);
			CHECK_STRING(profile_string(chain.roles[n - 1], "role_arn"), "r0");
		}
		tap_end();
	}
}

int main(void)
{
	fixture_begin();
	conformance_run("profiles/assume-role.json", "tests", check_case);
	check_errors();
	check_length();
	fixture_end();
	return tap_finish();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "conformance.h"
#include "fetch/providers/provider-chain.h"
#include "identity-fixture.h"
#include "no-network.h"

/* The AWS CLI's name of the provider, and ours. */
static const char *our_name(const char *name)
{
	static const char *const names[][2] = {{"env", "environment"},
	        {"assume-role-with-web-identity", "web-identity"},
	        {"custom-process", "credential-process"}, {"container-role", "container"},
	        {"iam-role", "imds"}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i][0], name) == 0)
			return names[i][1];
	return name;
}

static void name_case(struct json_object *test)
{
	struct json_object *features = member(test, "features");
	char text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < json_object_array_length(features) && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %s",
		        json_object_get_string(json_object_array_get_idx(features, i)));
	tap_begin("%s, %s%s", member_string(test, "profile_given_by"),
	        *text ? "with" : "nothing is set", text);
}

/* Without a network only keys succeed; the last provider tried is the one that would have won. */
static void check_case(struct json_object *test)
{
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials credentials = {};
	bool is_explicit = strcmp(member_string(test, "profile_given_by"), "explicit") == 0;
	const char *winner = member_string(test, "winner"),
	           *key = member_string(test, "access_key");
	struct attempt_list tried = {};
	struct reason reason = {};
	const struct attempt *last;
	int r;

	name_case(test);
	fixture_environment(member(test, "env"));
	fixture_file("config", "AWS_CONFIG_FILE", member_string(test, "config"));
	fixture_file(
	        "credentials", "AWS_SHARED_CREDENTIALS_FILE", member_string(test, "credentials"));
	fixture_choose(is_explicit ? "p" : NULL);
	if (!is_explicit)
		setenv("AWS_PROFILE", "p", 1);
	CHECK_INT(fixture_open(&identity, &reason), 0);
	r = provider_chain_resolve(&identity, &credentials, &reason, &tried);
	if (!CHECK(tried.count > 0)) {
		tap_end();
		return;
	}
	last = &tried.items[tried.count - 1];
	if (winner)
		CHECK_STRING(last->provider, our_name(winner));
	if (!winner || strcmp(winner, "iam-role") != 0)
		CHECK(last->outcome != 0);
	if (key && CHECK_INT(r, 0)) {
		CHECK_STRING(credentials.access_key_id, key);
		CHECK_STRING(credentials.provider, our_name(winner));
	}
	if (!winner)
		CHECK(r < 0 && *reason.text);
	tap_end();
}

static int try_keys(const char *variable, const char *value, const char *key, struct reason *ret)
{
	_cleanup_(identity_done) struct identity identity = {};
	_cleanup_(credentials_done) struct credentials credentials = {};
	_cleanup_(freep) char *file = xasprintf("[default]\naws_access_key_id = %s\n"
	                                        "aws_secret_access_key = %s\n"
	                                        "aws_session_token = %s\n",
	        strcmp(key, "aws_access_key_id") == 0 ? "HUNTER\x01" : "AKIA",
	        strcmp(key, "aws_secret_access_key") == 0 ? "HUNTER\x01" : "s",
	        strcmp(key, "aws_session_token") == 0 ? "HUNTER\x01" : "t");

	fixture_environment(NULL);
	fixture_choose(NULL);
	fixture_file("credentials", "AWS_SHARED_CREDENTIALS_FILE", file);
	if (variable) {
		setenv("AWS_ACCESS_KEY_ID", "AKIA", 1);
		setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
		setenv(variable, value, 1);
	}
	*ret = (struct reason){};
	CHECK_INT(fixture_open(&identity, ret), 0);
	return provider_chain_resolve(&identity, &credentials, ret, NULL);
}

static void check_unclean(const char *variable, const char *key)
{
	struct reason reason = {};

	tap_begin("a control character in %s", variable ? variable : key);
	CHECK(try_keys(variable, "HUNTER\r\nX: y", variable ? "" : key, &reason) < 0);
	CHECK(strstr(reason.text, variable ? variable : key));
	CHECK(strstr(reason.text, variable ? "environment" : "/credentials"));
	CHECK(!strstr(reason.text, "HUNTER"));
	CHECK_INT(try_keys(variable, "clean", "", &reason), 0);
	tap_end();
}

static void test_unclean(void)
{
	static const char *const variables[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
	        "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"};
	static const char *const keys[] = {
	        "aws_access_key_id", "aws_secret_access_key", "aws_session_token"};

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		check_unclean(variables[i], "");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		check_unclean(NULL, keys[i]);
}

int main(void)
{
	fixture_begin();
	test_unclean();
	conformance_run("profiles/precedence.json", "cases", check_case);
	fixture_end();
	return tap_finish();
}

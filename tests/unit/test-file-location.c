/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>

#include "conformance.h"
#include "identity-fixture.h"
#include "no-network.h"

static void check_case(struct json_object *test)
{
	_cleanup_(identity_done) struct identity identity = {};
	const char *profile = member_string(test, "profile");
	const char *config = member_string(test, "configLocation");
	const char *credentials = member_string(test, "credentialsLocation");
	struct reason reason = {};
	int r;

	if (strcmp(member_string(test, "platform"), "linux") != 0) {
		tap_skip(member_string(test, "name"), "not for Linux");
		return;
	}
	tap_begin("%s", member_string(test, "name"));
	fixture_environment(member(test, "environment"));
	fixture_choose(NULL);
	r = fixture_open(&identity, &reason);
	if (profile && strcmp(profile, "default") != 0) {
		/* The files do not exist, and the message names their paths. */
		CHECK_INT(r, -ENOENT);
		CHECK(strstr(reason.text, profile) && strstr(reason.text, config) &&
		        strstr(reason.text, credentials));
	} else if (CHECK_INT(r, 0)) {
		CHECK_STRING(identity.config_file, config);
		CHECK_STRING(identity.credentials_file, credentials);
		CHECK_STRING(identity.profile_name, "default");
	}
	tap_end();
}

/* An identity with one setting of the ini that names a file. */
static int open_named(const char *key, const char *path, struct reason *ret_reason)
{
	_cleanup_(identity_done) struct identity identity = {};

	fixture_setting = (struct config_setting){(char *)key, (char *)path, 2};
	fixture_config.n_settings = 1;
	return fixture_open(&identity, ret_reason);
}

static void check_absent(const char *key)
{
	struct reason reason = {};

	tap_begin("%s of the ini must exist, a variable's file need not", key);
	fixture_environment(NULL);
	CHECK_INT(open_named(key, "/nonexistent/file", &reason), -ENOENT);
	CHECK(strstr(reason.text, "/nonexistent/file") && strstr(reason.text, key) &&
	        strstr(reason.text, "does not exist"));
	setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
	CHECK_INT(open_named("region", "eu-west-1", &reason), 0);
	tap_end();
}

static void check_unreadable(void)
{
	struct passwd *user = getpwuid(geteuid());
	_cleanup_(freep) char *words =
	        xasprintf("the user %s must be able to read it", user ? user->pw_name : "");
	struct reason reason = {};

	tap_begin("an unreadable file: the user is named");
	fixture_environment(NULL);
	CHECK_INT(open_named("config_file", "/", &reason), -EISDIR);
	CHECK(strstr(reason.text, words));
	tap_end();
}

int main(void)
{
	check_absent("config_file");
	check_absent("credentials_file");
	check_unreadable();
	conformance_run("profiles/file-location.json", "tests", check_case);
	return tap_finish();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

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
		/* It is in none of the files, which are not there: that says where we looked. */
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

int main(void)
{
	conformance_run("profiles/file-location.json", "tests", check_case);
	return tap_finish();
}

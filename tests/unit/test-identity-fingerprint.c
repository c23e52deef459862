/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints: which identities share a token, and that no secret is in them. */
#include "pull/identity-fingerprint.h"

#include <stdlib.h>

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "base/alloc.h"
#include "tap.h"

/* One caller. */
struct caller {
	const char *ini;                  /* of [aws]: KEY=VALUE, lines */
	const char *config, *credentials; /* the shared files */
	const char *environment[8];       /* NAME, VALUE, … */
};

#define KEY "aws_access_key_id = "
#define SECRET "\naws_secret_access_key = SESAME\n"
#define TOKEN "aws_session_token = SESAME-"

static void add_settings(const char *ini, struct config_identity *identity)
{
	while (ini && *ini) {
		size_t key = strcspn(ini, "="), line = strcspn(ini, "\n");
		struct config_setting *s =
		        array_append(&identity->settings, &identity->n_settings, sizeof(*s));

		s->key = xstrndup(ini, key);
		s->value = xstrndup(ini + key + 1, line - key - 1);
		ini += line + (ini[line] == '\n');
	}
}

static char *describe(const struct caller *c)
{
	_cleanup_(profile_set_done) struct profile_set profiles = {};
	struct config_identity identity = {.name = (char *)""};
	const char *config = c->config ? c->config : "";
	const char *credentials = c->credentials ? c->credentials : "";
	char *text;

	clearenv();
	for (size_t i = 0; c->environment[i]; i += 2)
		setenv(c->environment[i], c->environment[i + 1], 1);
	CHECK_INT(profile_parse(config, strlen(config), "config", false, &profiles, NULL), 0);
	CHECK_INT(profile_parse(
	                  credentials, strlen(credentials), "credentials", true, &profiles, NULL),
	        0);
	add_settings(c->ini, &identity);
	text = identity_fingerprint_make(&identity, &profiles);
	for (size_t i = 0; i < identity.n_settings; i++) {
		free(identity.settings[i].key);
		free(identity.settings[i].value);
	}
	free(identity.settings);
	return text;
}

static const struct {
	const char *name;
	bool same;
	struct caller a, b;
} cases[] = {
        {"permanent keys: their id counts", false,
                {.credentials = "[default]\n" KEY "AKIAONE" SECRET},
                {.credentials = "[default]\n" KEY "AKIATWO" SECRET}},
        {"temporary keys in a profile: their id does not count", true,
                {.credentials = "[default]\n" KEY "ASIAABCDEFGHIJK1" SECRET TOKEN "1"},
                {.credentials = "[default]\n" KEY "ASIAABCDEFGHIJK2" SECRET TOKEN "2"}},
        {"temporary keys in a profile: the account counts", false,
                {.credentials = "[default]\n" KEY "ASIAABCDEFGHIJK1" SECRET TOKEN "1"},
                {.credentials = "[default]\n" KEY "ASIAXBCDEFGHIJK1" SECRET TOKEN "1"}},
        {"temporary keys in a profile: its principal counts", false,
                {.credentials = "[default]\nx_principal_arn = arn:aws:iam::1:role/a\n" KEY
                                "ASIAABCDEFGHIJK1" SECRET TOKEN "1"},
                {.credentials = "[default]\nx_principal_arn = arn:aws:iam::1:role/b\n" KEY
                                "ASIAABCDEFGHIJK1" SECRET TOKEN "1"}},
        {"temporary keys in a profile: their expiry does not count", true,
                {.credentials = "[default]\nx_security_token_expires = 1\n" KEY
                                "ASIAABCDEFGHIJK1" SECRET TOKEN "1"},
                {.credentials = "[default]\nx_security_token_expires = 2\n" KEY
                                "ASIAABCDEFGHIJK1" SECRET TOKEN "1"}},
        {"keys in the environment: their id counts", false,
                {.environment = {"AWS_ACCESS_KEY_ID", "ASIAONE", "AWS_SESSION_TOKEN", "SESAME"}},
                {.environment = {"AWS_ACCESS_KEY_ID", "ASIATWO", "AWS_SESSION_TOKEN", "SESAME"}}},
        {"keys in the environment: their secrets do not count", true,
                {.environment = {"AWS_SECRET_ACCESS_KEY", "SESAME1", "AWS_SESSION_TOKEN",
                         "SESAME"}},
                {.environment = {"AWS_SECRET_ACCESS_KEY", "SESAME2", "AWS_SESSION_TOKEN",
                         "SESAMED"}}},
        {"a profile in the ini precedes keys in the environment", true,
                {.ini = "profile=prod", .environment = {"AWS_ACCESS_KEY_ID", "ASIAONE"}},
                {.ini = "profile=prod", .environment = {"AWS_ACCESS_KEY_ID", "ASIATWO"}}},
        {"a role in the ini precedes keys in the environment", true,
                {.ini = "role_arn=arn:aws:iam::1:role/a",
                        .environment = {"AWS_ACCESS_KEY_ID", "ASIAONE"}},
                {.ini = "role_arn=arn:aws:iam::1:role/a",
                        .environment = {"AWS_ACCESS_KEY_ID", "ASIATWO"}}},
        {"another role", false, {.ini = "role_arn=arn:aws:iam::1:role/a"},
                {.ini = "role_arn=arn:aws:iam::1:role/b"}},
        {"another profile of the environment", false, {.environment = {"AWS_PROFILE", "a"}},
                {.environment = {"AWS_PROFILE", "b"}}},
        {"a role of the profile in use", false,
                {.config = "[profile dev]\nrole_arn = arn:aws:iam::1:role/a\n",
                        .environment = {"AWS_PROFILE", "dev"}},
                {.config = "[profile dev]\nrole_arn = arn:aws:iam::1:role/b\n",
                        .environment = {"AWS_PROFILE", "dev"}}},
        {"a profile that is not in use", true, {.config = "[profile dev]\nrole_arn = arn:a\n"},
                {.config = "[profile dev]\nrole_arn = arn:b\n"}},
        {"the source of a role", false,
                {.config = "[default]\nrole_arn = arn:r\nsource_profile = base\n[profile base]\n"
                           "credential_process = one\n"},
                {.config = "[default]\nrole_arn = arn:r\nsource_profile = base\n[profile base]\n"
                           "credential_process = two\n"}},
        {"an SSO session", false,
                {.config = "[default]\nsso_session = s\n[sso-session s]\nsso_start_url = "
                           "https://a\n"},
                {.config = "[default]\nsso_session = s\n[sso-session s]\nsso_start_url = "
                           "https://b\n"}},
        {"a web identity: the file's name does not count", true,
                {.environment = {"AWS_ROLE_ARN", "arn:r", "AWS_WEB_IDENTITY_TOKEN_FILE", "/a"}},
                {.environment = {"AWS_ROLE_ARN", "arn:r", "AWS_WEB_IDENTITY_TOKEN_FILE", "/b"}}},
        {"a web identity: its role counts", false,
                {.environment = {"AWS_ROLE_ARN", "arn:r", "AWS_WEB_IDENTITY_TOKEN_FILE", "/a"}},
                {.environment = {"AWS_ROLE_ARN", "arn:s", "AWS_WEB_IDENTITY_TOKEN_FILE", "/a"}}},
        {"another AWS", false, {.environment = {"AWS_ENDPOINT_URL_ECR", "http://a"}},
                {.environment = {"AWS_ENDPOINT_URL_ECR", "http://b"}}},
        {"another AWS by the profile", false,
                {.config = "[default]\nservices = s\n[services s]\necr =\n  endpoint_url = "
                           "http://a\n"},
                {.config = "[default]\nservices = s\n[services s]\necr =\n  endpoint_url = "
                           "http://b\n"}},
        {"a region does not count", true, {.environment = {"AWS_REGION", "eu-central-1"}},
                {.environment = {"AWS_REGION", "eu-west-1"}}},
        {"settings of other tools do not count", true,
                {.config = "[default]\nokta_password = SESAME1\n"},
                {.config = "[default]\nokta_password = SESAME2\n"}},
};

static void test_circle(void)
{
	struct caller c = {.config = "[default]\nrole_arn = arn:a\nsource_profile = b\n"
	                             "[profile b]\nrole_arn = arn:b\nsource_profile = default\n"};
	_cleanup_(freep) char *text = NULL;

	tap_begin("a circle of profiles ends");
	text = describe(&c);
	CHECK(strlen(text) < 2000);
	tap_end();
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *a = NULL, *b = NULL;

		tap_begin("%s", cases[i].name);
		a = describe(&cases[i].a);
		b = describe(&cases[i].b);
		tap_check(
		        (strcmp(a, b) == 0) == cases[i].same, __FILE__, __LINE__, "%s--\n%s", a, b);
		CHECK(!strstr(a, "SESAME") && !strstr(b, "SESAME"));
		tap_end();
	}
	test_circle();
	return tap_finish();
}

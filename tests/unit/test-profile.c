/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/profile.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "base/alloc.h"
#include "tap.h"

static int parse(
        const char *text, bool is_credentials_file, struct profile_set *set, struct reason *reason)
{
	return profile_parse(text, strlen(text), is_credentials_file ? "credentials" : "config",
	        is_credentials_file, set, reason);
}

static const char *value(
        const struct profile_set *set, enum profile_kind kind, const char *name, const char *key)
{
	const struct profile *profile = profile_find(set, kind, name);
	const struct profile_property *property = profile ? profile_get(profile, key) : NULL;

	return property ? secret_string(&property->value) : NULL;
}

/* Checks that the profiles of one kind are exactly those of the case. */
static void check_profiles(
        const struct profile_set *set, enum profile_kind kind, struct json_object *expected)
{
	size_t count = 0;

	for (size_t i = 0; i < set->n_profiles; i++)
		count += set->profiles[i].kind == kind;
	CHECK_INT((long long)count, json_object_object_length(expected));
	json_object_object_foreach(expected, name, properties)
	{
		const struct profile *profile = profile_find(set, kind, name);

		if (!CHECK(profile != NULL))
			continue;
		CHECK_INT((long long)profile->n_properties, json_object_object_length(properties));
		json_object_object_foreach(properties, key, wanted)
		{
			CHECK_STRING(value(set, kind, name, key), json_object_get_string(wanted));
		}
	}
}

static void check_outcome(const struct profile_set *set, struct json_object *config)
{
	json_object_object_foreach(config, group, expected)
	{
		if (strcmp(group, "profiles") == 0)
			check_profiles(set, PROFILE_PROFILE, expected);
		else if (strncmp(group, "sso", 3) == 0)
			check_profiles(set, PROFILE_SSO_SESSION, expected);
		else if (strcmp(group, "services") == 0)
			check_profiles(set, PROFILE_SERVICES, expected);
		else
			tap_check(false, __FILE__, __LINE__, "unknown outcome \"%s\"", group);
	}
}

static void check_case(struct json_object *test)
{
	_cleanup_(profile_set_done) struct profile_set set = {};
	struct json_object *input = json_object_object_get(test, "input");
	struct json_object *output = json_object_object_get(test, "output");
	struct json_object *config = json_object_object_get(input, "configFile");
	struct json_object *credentials = json_object_object_get(input, "credentialsFile");
	bool expect_error = json_object_object_get_ex(output, "errorContaining", NULL);
	struct reason reason = {};
	int r = 0;

	tap_begin("%s", json_object_get_string(json_object_object_get(test, "name")));
	if (config)
		r = parse(json_object_get_string(config), false, &set, &reason);
	if (r == 0 && credentials)
		r = parse(json_object_get_string(credentials), true, &set, &reason);
	if (!CHECK_INT(r, expect_error ? -EINVAL : 0))
		printf("# %s\n", reason.text);
	if (expect_error)
		CHECK(strncmp(reason.text, "config:", 7) == 0 ||
		        strncmp(reason.text, "credentials:", 12) == 0);
	else if (r == 0)
		check_outcome(&set, json_object_object_get(output, "config"));
	tap_end();
}

static void check_conformance(void)
{
	const char *folder = getenv("ECR_REFRESHER_CONFORMANCE") ?: "../shared/aws";
	_cleanup_(freep) char *path = xasprintf("%s/profiles/profile-parser.json", folder);
	struct json_object *all, *tests;

	if (access(path, F_OK) < 0) {
		tap_skip("cases that the SDKs share", "there is no conformance data");
		return;
	}
	all = json_object_from_file(path);
	tap_begin("profile-parser.json has cases");
	CHECK(json_object_object_get_ex(all, "tests", &tests) &&
	        json_object_array_length(tests) > 0);
	tap_end();
	for (size_t i = 0; all && i < json_object_array_length(tests); i++)
		check_case(json_object_array_get_idx(tests, i));
	json_object_put(all);
}

/* One malformed line, below a secret that must not be repeated. */
static const struct {
	const char *text;
	bool is_credentials_file;
	unsigned line;
	const char *fragment;
} errors[] = {
        {"key = TOPSECRET\n[default]\n", false, 1, "expected [profile NAME] above it"},
        {"key = TOPSECRET\n[default]\n", true, 1, "expected [NAME] above it"},
        {"[default]\nkey = TOPSECRET\nTOPSECRET\n", false, 3, "without '='; expected KEY = VALUE"},
        {"[default]\r\nkey = x\r\nTOPSECRET # = x\r\n", true, 3, "without '='"},
        {"[default]\n = TOPSECRET\n", true, 2, "nothing to continue"},
        {"[default]\n= TOPSECRET\n", true, 2, "without a key"},
        {"[default]\ns3 =\n  = TOPSECRET\n", false, 3, "without a key"},
        {"[default]\ns3 =\n\n  a = b\n  TOPSECRET\n", false, 5, "without '='"},
        {"[default]\n  key = TOPSECRET\n", true, 2, "begin at the start of their lines"},
        {"  TOPSECRET\n", true, 1, "begin at the start of their lines"},
        {"[default\nkey = TOPSECRET\n", false, 1, "without ']'"},
        {"[default # TOPSECRET ]\n", true, 1, "without ']' at its end; expected [NAME]"},
        {"[profile a] TOPSECRET\n", false, 1, "without ']' at its end; expected [profile NAME]"},
        {"[", false, 1, "without ']'"},
        {"[other]\nTOPSECRET\n", false, 2, "without '='"},
};

static void check_errors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		_cleanup_(profile_set_done) struct profile_set set = {};
		_cleanup_(freep) char *prefix = xasprintf("%s:%u: ",
		        errors[i].is_credentials_file ? "credentials" : "config", errors[i].line);
		struct reason reason = {};

		tap_begin("error: %s", errors[i].text);
		CHECK_INT(parse("[profile kept]\na = b\n", false, &set, NULL), 0);
		CHECK_INT(parse(errors[i].text, errors[i].is_credentials_file, &set, &reason),
		        -EINVAL);
		tap_check(strncmp(reason.text, prefix, strlen(prefix)) == 0 &&
		                  strstr(reason.text, errors[i].fragment),
		        __FILE__, __LINE__, "%s, not line %u: %s", reason.text, errors[i].line,
		        errors[i].fragment);
		CHECK(!strstr(reason.text, "TOPSECRET"));
		CHECK_INT((long long)set.n_profiles, 1);
		CHECK_STRING(value(&set, PROFILE_PROFILE, "kept", "a"), "b");
		tap_end();
	}
}

static void check_bytes(void)
{
	_cleanup_(profile_set_done) struct profile_set set = {};
	static const char nul[] = "[default]\nkey = TOP\0SECRET\n";
	static const char crlf[] = "\xef\xbb\xbf[default]\r\nkey = a\r\n b\r\n\r\nlast = c\r";
	_cleanup_(freep) char *exact = xcalloc(1, strlen(crlf));
	struct reason reason = {};

	tap_begin("a NUL byte is refused");
	CHECK_INT(profile_parse(nul, sizeof(nul) - 1, "config", false, &set, &reason), -EINVAL);
	CHECK_STRING(reason.text, "config:2: a NUL byte; expected a text file");
	tap_end();

	tap_begin("BOM, CRLF, an unterminated last line, and no byte beyond the size");
	memcpy(exact, crlf, strlen(crlf));
	CHECK_INT(profile_parse(exact, strlen(crlf), "config", false, &set, &reason), 0);
	CHECK_STRING(value(&set, PROFILE_PROFILE, "default", "key"), "a\nb");
	CHECK_STRING(value(&set, PROFILE_PROFILE, "default", "last"), "c");
	tap_end();
}

static void check_merging(void)
{
	_cleanup_(profile_set_done) struct profile_set set = {};
	const struct profile *profile;

	tap_begin("the credentials file wins, property by property");
	CHECK_INT(parse("[profile a]\nKey_Id = from config\nregion = eu-central-1\n"
	                "s3 =\n  x = 1\n",
	                  false, &set, NULL),
	        0);
	CHECK_INT(
	        parse("[a]\nkey_id = from credentials\ns3 = flat\n[b]\nx = y\n", true, &set, NULL),
	        0);
	CHECK_STRING(value(&set, PROFILE_PROFILE, "a", "KEY_ID"), "from credentials");
	CHECK_STRING(value(&set, PROFILE_PROFILE, "a", "region"), "eu-central-1");
	CHECK_STRING(value(&set, PROFILE_PROFILE, "a", "s3"), "flat");
	CHECK_STRING(value(&set, PROFILE_PROFILE, "b", "x"), "y");
	profile = profile_find(&set, PROFILE_PROFILE, "a");
	if (CHECK(profile && profile_get(profile, "key_id") && profile_get(profile, "region"))) {
		CHECK(profile_get(profile, "key_id")->from_credentials_file);
		CHECK(!profile_get(profile, "region")->from_credentials_file);
		CHECK_STRING(profile_get(profile, "Key_Id")->key, "key_id");
		CHECK_INT((long long)profile_get(profile, "s3")->n_children, 0);
	}
	CHECK(!profile_find(&set, PROFILE_PROFILE, "A"));
	CHECK(!profile_find(&set, PROFILE_SSO_SESSION, "a"));
	tap_end();
}

static void check_kinds(void)
{
	_cleanup_(profile_set_done) struct profile_set set = {};

	tap_begin("sso-session and services are separate kinds, in the config file only");
	CHECK_INT(
	        parse("[profile a]\nx = profile\n[sso-session a]\nx = session\n"
	              "[services\ta ]\nx = services\n[preview]\nx = y\n[plugins a]\nx = y\n"
	              "[sso-session]\nx = y\n[services a b]\nx = y\n[profile ]\nx = y\n[]\nx = y\n",
	                false, &set, NULL),
	        0);
	CHECK_INT((long long)set.n_profiles, 3);
	CHECK_STRING(value(&set, PROFILE_PROFILE, "a", "x"), "profile");
	CHECK_STRING(value(&set, PROFILE_SSO_SESSION, "a", "x"), "session");
	CHECK_STRING(value(&set, PROFILE_SERVICES, "a", "x"), "services");
	CHECK_INT(
	        parse("[sso-session b]\nx = y\n[services b]\nx = y\n[]\nx = y\n[profile]\nx = z\n",
	                true, &set, NULL),
	        0);
	CHECK_INT((long long)set.n_profiles, 4);
	CHECK_STRING(value(&set, PROFILE_PROFILE, "profile", "x"), "z");
	tap_end();
}

static void check_nested(void)
{
	_cleanup_(profile_set_done) struct profile_set set = {};
	const struct profile *services;
	const struct profile_property *ecr, *url;

	tap_begin("nested properties");
	CHECK_INT(parse("[services local]\n"
	                "ecr =\n"
	                "  # which one\n"
	                "\tEndpoint_URL = http://localhost/?a=b ; here\n"
	                "  other =\n"
	                "  in valid = 1\n"
	                "  other = last\n"
	                "sts = \n"
	                "  endpoint_url = http://sts\n"
	                "s3 =\n"
	                "  a = b\n"
	                "s3 = flat\n",
	                  false, &set, NULL),
	        0);
	services = profile_find(&set, PROFILE_SERVICES, "local");
	ecr = services ? profile_get(services, "ecr") : NULL;
	if (CHECK(ecr != NULL)) {
		CHECK_INT((long long)services->n_properties, 3);
		CHECK_INT((long long)profile_get(services, "s3")->n_children, 0);
		CHECK_INT((long long)ecr->n_children, 2);
		url = &ecr->children[0];
		CHECK_STRING(url->key, "endpoint_url");
		CHECK_STRING(secret_string(&url->value), "http://localhost/?a=b");
		CHECK_STRING(ecr->children[1].key, "other");
		CHECK_STRING(secret_string(&ecr->children[1].value), "last");
	}
	tap_end();
}

static void check_comments(void)
{
	_cleanup_(profile_set_done) struct profile_set set = {};

	tap_begin("an indented comment is ignored");
	CHECK_INT(parse("  # first\n[default]\n  ; second\nregion = eu-central-1\n"
	                "  # third\n\t\nkey = a\n  ; fourth\n  b # fifth\n",
	                  true, &set, NULL),
	        0);
	CHECK_STRING(value(&set, PROFILE_PROFILE, "default", "region"), "eu-central-1");
	CHECK_STRING(value(&set, PROFILE_PROFILE, "default", "key"), "a\nb # fifth");
	tap_end();

	tap_begin("a continuation of an ignored property is ignored with it");
	CHECK_INT(parse("[in valid]\na = b\n c\n[x]\nin valid = a\n b\ny = z\n", true, &set, NULL),
	        0);
	CHECK_STRING(value(&set, PROFILE_PROFILE, "x", "y"), "z");
	CHECK_INT((long long)profile_find(&set, PROFILE_PROFILE, "x")->n_properties, 1);
	tap_end();
}

static void check_limits(void)
{
	_cleanup_(profile_set_done) struct profile_set set = {};
	_cleanup_(secret_done) struct secret text = {};
	struct reason reason = {};

	tap_begin("too many properties are refused");
	secret_set_string(&text, "[default]\n");
	for (int i = 0; i < 1000; i++) {
		_cleanup_(freep) char *line = xasprintf("k%d = v\n", i);

		secret_append_string(&text, line);
	}
	CHECK_INT(profile_parse(text.data, text.size, "config", false, &set, &reason), 0);
	secret_append_string(&text, "more = v\n");
	CHECK_INT(profile_parse(text.data, text.size, "config", false, &set, &reason), -EINVAL);
	CHECK(strstr(reason.text, "config:1002: too many properties") == reason.text);
	tap_end();

	tap_begin("a file over the limit is refused");
	secret_set_string(&text, "");
	memset(secret_reserve(&text, PROFILE_FILE_MAX_SIZE + 1), '\n', PROFILE_FILE_MAX_SIZE + 1);
	secret_grown(&text, PROFILE_FILE_MAX_SIZE + 1);
	CHECK_INT(profile_parse(text.data, text.size, "config", false, &set, &reason), -EINVAL);
	CHECK_INT(profile_parse(text.data, text.size - 1, "config", false, &set, &reason), 0);
	tap_end();
}

int main(void)
{
	check_conformance();
	check_errors();
	check_bytes();
	check_merging();
	check_kinds();
	check_nested();
	check_comments();
	check_limits();
	return tap_finish();
}

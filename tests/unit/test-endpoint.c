/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/identity-endpoint.h"

#include <errno.h>

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "base/alloc.h"
#include "conformance.h"

/* Unsets these variables of AWS for each case. */
static void clear_variables(void)
{
	static const char *const names[] = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR",
	        "AWS_ENDPOINT_URL_ECR_PUBLIC", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO",
	        "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_SIGNIN",
	        "AWS_ENDPOINT_URL_ROLESANYWHERE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
	        "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_CA_BUNDLE"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
}

/* As in a call: returns 1 for a configured URL, 0 for one by the rules. */
static int resolve_for(const struct identity *identity, enum aws_service service,
        const char *region, bool fips, bool dualstack, struct endpoint *ret, struct reason *reason)
{
	_cleanup_(identity_endpoint_done) struct identity_endpoint e = {};
	int r = identity_endpoint(identity, service, fips, dualstack, &e, reason);

	if (r < 0)
		return r;
	if (!*e.url)
		return endpoint_resolve(service, NULL, region, e.fips, e.dualstack, ret, reason);
	strcpy(ret->url, e.url);
	return 1;
}

static int resolve(enum aws_service service, const char *region, bool fips, bool dualstack,
        struct endpoint *ret, struct reason *reason)
{
	return resolve_for(NULL, service, region, fips, dualstack, ret, reason);
}

static const char *expected_signing_region(struct json_object *endpoint, const char *region)
{
	struct json_object *schemes = member(member(endpoint, "properties"), "authSchemes");
	const char *signing =
	        schemes ? member_string(json_object_array_get_idx(schemes, 0), "signingRegion")
	                : NULL;

	return signing ? signing : region;
}

/* STS is called in the identity's own region: the legacy global endpoint is not supported. */
static bool is_legacy_global(const char *region, const char *url)
{
	return strncmp(url, "https://sts.amazonaws.com", 25) == 0 &&
	       strcmp(region, "aws-global") != 0;
}

static void check_rules(enum aws_service service, struct json_object *c)
{
	struct json_object *params = member(c, "params"), *expect = member(c, "expect"),
	                   *endpoint = member(expect, "endpoint");
	const char *region = member_string(params, "Region"),
	           *custom = member_string(params, "Endpoint");
	struct endpoint ret = {};
	struct reason reason = {};
	int r;

	clear_variables();
	if (custom)
		setenv("AWS_ENDPOINT_URL", custom, 1);
	r = resolve(service, region, member_bool(params, "UseFIPS"),
	        member_bool(params, "UseDualStack"), &ret, &reason);
	if (!endpoint) {
		CHECK_INT(r, -EINVAL);
		CHECK(*reason.code && *reason.text);
		return;
	}
	CHECK_INT(r, custom ? 1 : 0);
	CHECK_STRING(ret.url, member_string(endpoint, "url"));
	if (!custom)
		CHECK_STRING(ret.signing_region, expected_signing_region(endpoint, region));
}

static void rule_set_case(enum aws_service service, struct json_object *c)
{
	struct json_object *params = member(c, "params");
	const char *name = member_string(c, "documentation"),
	           *url = member_string(member(member(c, "expect"), "endpoint"), "url");

	if (member_bool(params, "UseGlobalEndpoint") && url && !member(params, "Endpoint") &&
	        is_legacy_global(member_string(params, "Region"), url)) {
		tap_skip(name, "legacy global endpoint: STS is called in the identity's region");
		return;
	}
	tap_begin("%s: %s", aws_service_name(service), name);
	check_rules(service, c);
	tap_end();
}

static void ecr_case(struct json_object *c)
{
	rule_set_case(SERVICE_ECR, c);
}

static void sts_case(struct json_object *c)
{
	rule_set_case(SERVICE_STS, c);
}

static enum aws_service service_by_name(const char *name)
{
	if (strcmp(name, "ecr") == 0)
		return SERVICE_ECR;
	return strcmp(name, "ecr-public") == 0 ? SERVICE_ECR_PUBLIC : SERVICE_STS;
}

static void check_region(struct json_object *c)
{
	enum aws_service service = service_by_name(member_string(c, "service"));
	const char *region = member_string(c, "region"), *partition = member_string(c, "partition");
	struct endpoint ret = {};

	clear_variables();
	CHECK_INT(resolve(service, region, member_bool(c, "fips"), member_bool(c, "dualstack"),
	                  &ret, NULL),
	        0);
	/* If "url" differs, or is an error, it is from botocore's older table. */
	CHECK_STRING(ret.url, member_string(c, "ruleset_url"));
	if (member_string(c, "signing_region"))
		CHECK_STRING(ret.signing_region, member_string(c, "signing_region"));
	if (member_string(c, "signing_name"))
		CHECK_STRING(aws_service_name(service), member_string(c, "signing_name"));
	if (partition)
		CHECK_STRING(partition_of_region(region)->name, partition);
}

static void region_case(struct json_object *c)
{
	const char *region = member_string(c, "region");
	char name[128];

	snprintf(name, sizeof(name), "%s in %s%s%s%s", member_string(c, "service"), region,
	        member_bool(c, "fips") ? ", FIPS" : "",
	        member_bool(c, "dualstack") ? ", dual stack" : "",
	        member(c, "sts_regional_endpoints") ? ", legacy" : "");
	if (member(c, "sts_regional_endpoints") &&
	        is_legacy_global(region, member_string(c, "ruleset_url"))) {
		tap_skip(name, "legacy global endpoint: STS is called in the identity's region");
		return;
	}
	tap_begin("%s", name);
	check_region(c);
	tap_end();
}

/* The cases use two services that we do not call; any two serve. */
static const struct {
	const char *theirs, *their_variable, *ours, *our_variable;
	enum aws_service service;
} stand_ins[] = {
        {"s3", "AWS_ENDPOINT_URL_S3", "ecr", "AWS_ENDPOINT_URL_ECR", SERVICE_ECR},
        {"dynamodb", "AWS_ENDPOINT_URL_DYNAMODB", "sts", "AWS_ENDPOINT_URL_STS", SERVICE_STS},
};

static size_t stand_in(const char *service)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(stand_ins) && strcmp(service, stand_ins[i].theirs) != 0)
		i++;
	return i;
}

static void set_environment(struct json_object *environment)
{
	clear_variables();
	json_object_object_foreach(environment, key, value)
	{
		const char *name = key;

		for (size_t i = 0; i < ARRAY_SIZE(stand_ins); i++)
			if (strcmp(key, stand_ins[i].their_variable) == 0)
				name = stand_ins[i].our_variable;
		setenv(name, json_object_get_string(value), 1);
	}
}

/* The suite's profiles and services as a config file. */
static void write_profiles(struct json_object *suite, FILE *file)
{
	json_object_object_foreach(member(suite, "profiles"), profile, properties)
	{
		fprintf(file, "[profile %s]\n", profile);
		json_object_object_foreach(properties, key, value)
		        fprintf(file, "%s = %s\n", key, json_object_get_string(value));
	}
	json_object_object_foreach(member(suite, "services"), name, services)
	{
		fprintf(file, "[services %s]\n", name);
		json_object_object_foreach(services, service, nested)
		{
			size_t i = stand_in(service);

			fprintf(file, "%s =\n",
			        i < ARRAY_SIZE(stand_ins) ? stand_ins[i].ours : service);
			json_object_object_foreach(nested, key, value)
			        fprintf(file, "  %s = %s\n", key, json_object_get_string(value));
		}
	}
}

/* What the cases set in code is set in the ini here. */
static void set_ini(struct json_object *client_config, struct config_identity *ini)
{
	json_object_object_foreach(client_config, key, value)
	{
		struct config_setting *s =
		        array_append(&ini->settings, &ini->n_settings, sizeof(*s));

		s->key = key;
		s->value = (char *)json_object_get_string(value);
	}
}

/* Reads a config file's text, and uses the profile of this name. */
static void open_identity(const char *text, const char *profile, const struct config_identity *ini,
        struct identity *ret)
{
	struct reason reason = {};

	*ret = (struct identity){.config = ini, .profile_name = profile};
	CHECK_INT(profile_parse(text, strlen(text), "config", false, &ret->profiles, &reason), 0);
	CHECK_STRING(reason.text, "");
}

static void check_configured(struct json_object *suite, struct json_object *c)
{
	const char *url = member_string(member(c, "output"), "endpointUrl"),
	           *profile = member_string(c, "profile"),
	           *region = member_string(member(member(suite, "profiles"), profile), "region");
	size_t i = stand_in(member_string(c, "service")), size;
	bool by_rules = strstr(url, ".amazonaws.com");
	_cleanup_(freep) char *text = NULL;
	struct config_identity ini = {.name = (char *)""};
	struct identity identity;
	struct endpoint ret = {};
	FILE *file = open_memstream(&text, &size);

	CHECK(i < ARRAY_SIZE(stand_ins));
	write_profiles(suite, file);
	fclose(file);
	set_environment(member(member(suite, "environments"), member_string(c, "environment")));
	set_ini(member(member(suite, "client_configs"), member_string(c, "client_config")), &ini);
	open_identity(text, profile, &ini, &identity);
	CHECK_INT(resolve_for(&identity, i < ARRAY_SIZE(stand_ins) ? stand_ins[i].service : 0,
	                  region, false, false, &ret, NULL),
	        by_rules ? 0 : 1);
	if (by_rules) /* by the rules in both */
		CHECK(strstr(ret.url, strstr(url, region)));
	else
		CHECK_STRING(ret.url, url);
	profile_set_done(&identity.profiles);
	free(ini.settings);
	clear_variables();
}

static void configured_case(struct json_object *suite, struct json_object *c)
{
	tap_begin("%s", member_string(c, "name"));
	check_configured(suite, c);
	tap_end();
}

static void configured_suite(struct json_object *suite)
{
	struct json_object *cases = member(suite, "endpointUrlTests");

	for (size_t i = 0; i < json_object_array_length(cases); i++)
		configured_case(suite, json_object_array_get_idx(cases, i));
}

static void test_variants(void)
{
	static const struct {
		enum aws_service service;
		const char *region;
		bool fips, dualstack;
		const char *url;
	} cases[] = {
	        {SERVICE_ECR_PUBLIC, "us-east-1", false, false,
	                "https://api.ecr-public.us-east-1.amazonaws.com"},
	        {SERVICE_ECR_PUBLIC, "us-east-1", false, true,
	                "https://ecr-public.us-east-1.api.aws"},
	        {SERVICE_ECR_PUBLIC, "us-east-1", true, true,
	                "https://api.ecr-public-fips.us-east-1.api.aws"},
	        {SERVICE_ECR_PUBLIC, "us-gov-west-1", false, true,
	                "https://api.ecr-public.us-gov-west-1.api.aws"},
	        {SERVICE_ECR, "eusc-de-east-1", true, true,
	                "https://ecr-fips.eusc-de-east-1.api.amazonwebservices.eu"},
	        {SERVICE_ECR, "us-isob-east-1", false, true,
	                "https://ecr.us-isob-east-1.api.aws.scloud"},
	        {SERVICE_STS, "eu-isoe-west-1", false, true,
	                "https://sts.eu-isoe-west-1.api.cloud-aws.adc-e.uk"},
	        {SERVICE_STS, "aws-global", true, false,
	                "https://sts-fips.aws-global.amazonaws.com"},
	        {SERVICE_SSO, "eu-central-1", false, false,
	                "https://portal.sso.eu-central-1.amazonaws.com"},
	        {SERVICE_SSO, "us-gov-west-1", true, false,
	                "https://portal.sso.us-gov-west-1.amazonaws.com"},
	        {SERVICE_SSO, "us-east-2", true, true, "https://portal.sso-fips.us-east-2.api.aws"},
	        {SERVICE_SSO_OIDC, "cn-north-1", false, false,
	                "https://oidc.cn-north-1.amazonaws.com.cn"},
	        {SERVICE_SSO_OIDC, "us-east-2", true, false,
	                "https://oidc-fips.us-east-2.amazonaws.com"},
	        {SERVICE_SSO_OIDC, "us-gov-east-1", true, false,
	                "https://oidc.us-gov-east-1.amazonaws.com"},
	        {SERVICE_SIGNIN, "eu-central-1", false, false,
	                "https://eu-central-1.signin.aws.amazon.com"},
	        {SERVICE_SIGNIN, "cn-north-1", false, false,
	                "https://cn-north-1.signin.amazonaws.cn"},
	        {SERVICE_SIGNIN, "us-gov-west-1", false, false,
	                "https://us-gov-west-1.signin.amazonaws-us-gov.com"},
	        {SERVICE_SIGNIN, "us-iso-east-1", false, false,
	                "https://signin.us-iso-east-1.c2s.ic.gov"},
	        {SERVICE_SIGNIN, "us-west-2", true, false,
	                "https://signin-fips.us-west-2.amazonaws.com"},
	        {SERVICE_SIGNIN, "us-west-2", false, true, "https://signin.us-west-2.api.aws"},
	        {SERVICE_ROLESANYWHERE, "eu-central-1", false, false,
	                "https://rolesanywhere.eu-central-1.amazonaws.com"},
	        {SERVICE_ROLESANYWHERE, "us-gov-west-1", true, true,
	                "https://rolesanywhere-fips.us-gov-west-1.api.aws"},
	};

	clear_variables();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint ret = {};

		tap_begin("%s", cases[i].url);
		CHECK_INT(resolve(cases[i].service, cases[i].region, cases[i].fips,
		                  cases[i].dualstack, &ret, NULL),
		        0);
		CHECK_STRING(ret.url, cases[i].url);
		CHECK_STRING(ret.signing_region,
		        strcmp(cases[i].region, "aws-global") == 0 ? "us-east-1" : cases[i].region);
		tap_end();
	}
}

/* A registry's host is more precise about its partition than the region. */
static void test_partition(void)
{
	struct registry_host host;
	struct endpoint ret = {};

	tap_begin("an unknown region is in its host's partition");
	CHECK_INT(
	        registry_host_parse("123456789012.dkr.ecr.new-place-1.amazonaws.com.cn", &host), 0);
	CHECK_INT(endpoint_resolve(
	                  host.service, host.partition, host.region, false, false, &ret, NULL),
	        0);
	CHECK_STRING(ret.url, "https://api.ecr.new-place-1.amazonaws.com.cn");
	tap_end();
}

static void test_bad_regions(void)
{
	static const char *const regions[] = {"", "eu central", "evil.example/", "x@evil.example",
	        "-", "eu-central-1.evil.example:443/"};

	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		struct endpoint ret = {.url = "untouched"};
		struct reason reason = {};

		tap_begin("an invalid region: \"%s\"", regions[i]);
		CHECK_INT(endpoint_resolve(
		                  SERVICE_ECR, NULL, regions[i], false, false, &ret, &reason),
		        -EINVAL);
		CHECK_STRING(reason.code, *regions[i] ? "bad-region" : "missing-region");
		CHECK_STRING(ret.url, "untouched");
		tap_end();
	}
}

static void test_urls(void)
{
	static const struct {
		const char *value, *url; /* NULL: refused */
	} cases[] = {
	        {"https://ecr.example.com", "https://ecr.example.com"},
	        {"https://ecr.example.com/", "https://ecr.example.com"},
	        {"HTTPS://ecr.example.com:8443/", "https://ecr.example.com:8443"},
	        {"http://localhost:4566", "http://localhost:4566"},
	        {"http://127.0.0.1/base", "http://127.0.0.1/base"},
	        {"http://127.0.0.1/base/", "http://127.0.0.1/base/"},
	        {"http://[fd00:ec2::23]:80/", "http://[fd00:ec2::23]:80"},
	        {"https://my_host/%20", "https://my_host/%20"},
	        {"ecr.example.com", NULL},
	        {"ftp://ecr.example.com", NULL},
	        {"file:///etc/passwd", NULL},
	        {"https://", NULL},
	        {"https:///path", NULL},
	        {"https:ecr.example.com", NULL},
	        {"https://:443", NULL},
	        {"https://ecr.example.com:", NULL},
	        {"https://ecr.example.com:0", NULL},
	        {"https://ecr.example.com:65536", NULL},
	        {"https://ecr.example.com:443x", NULL},
	        {"https://user:hunter2@ecr.example.com", NULL},
	        {"https://hunter2@ecr.example.com/", NULL},
	        {"https://ecr.example.com?x=1", NULL},
	        {"https://ecr.example.com/x#y", NULL},
	        {"https://ecr.example.com/a b", NULL},
	        {" https://ecr.example.com", NULL},
	        {"https://ecr.example.com\n", NULL},
	        {"https://ecr.example.com\r\nHost: evil.example", NULL},
	        {"https://ecr.ex\xc3\xa4mple.com", NULL},
	        {"https://[::1", NULL},
	        {"https://[]", NULL},
	        {"https://[::1]x", NULL},
	        {"https://ecr.example.com\\@evil.example", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint ret = {.url = "untouched"};
		struct reason reason = {};
		int r;

		clear_variables();
		setenv("AWS_ENDPOINT_URL_ECR", cases[i].value, 1);
		r = resolve(SERVICE_ECR, "eu-central-1", false, false, &ret, &reason);
		tap_begin("configured: \"%s\"", cases[i].value);
		CHECK_INT(r, cases[i].url ? 1 : -EINVAL);
		CHECK_STRING(ret.url, cases[i].url ? cases[i].url : "untouched");
		/* The message names the variable and shows no password. */
		CHECK(cases[i].url || strstr(reason.text, "AWS_ENDPOINT_URL_ECR "));
		CHECK(!strstr(reason.text, "hunter2"));
		tap_end();
	}
}

static void test_long_url(void)
{
	static char value[ENDPOINT_URL_MAX_SIZE + 1] = "https://ecr.example.com/";
	struct endpoint ret = {.url = "untouched"};

	clear_variables();
	memset(value + strlen(value), 'x', ENDPOINT_URL_MAX_SIZE - strlen(value));
	setenv("AWS_ENDPOINT_URL", value, 1);
	tap_begin("a configured URL has a limit");
	CHECK_INT(resolve(SERVICE_STS, "eu-central-1", false, false, &ret, NULL), -EINVAL);
	CHECK_STRING(ret.url, "untouched");
	value[ENDPOINT_URL_MAX_SIZE - 1] = '\0';
	setenv("AWS_ENDPOINT_URL", value, 1);
	CHECK_INT(resolve(SERVICE_STS, "eu-central-1", false, false, &ret, NULL), 1);
	CHECK_STRING(ret.url, value);
	tap_end();
}

static void test_variables(void)
{
	static const struct {
		enum aws_service service;
		const char *name, *variable;
	} cases[] = {
	        {SERVICE_ECR, "ecr", "AWS_ENDPOINT_URL_ECR"},
	        {SERVICE_ECR_PUBLIC, "ecr-public", "AWS_ENDPOINT_URL_ECR_PUBLIC"},
	        {SERVICE_STS, "sts", "AWS_ENDPOINT_URL_STS"},
	        {SERVICE_SSO, "sso", "AWS_ENDPOINT_URL_SSO"},
	        {SERVICE_SSO_OIDC, "sso-oidc", "AWS_ENDPOINT_URL_SSO_OIDC"},
	        {SERVICE_SIGNIN, "signin", "AWS_ENDPOINT_URL_SIGNIN"},
	        {SERVICE_ROLESANYWHERE, "rolesanywhere", "AWS_ENDPOINT_URL_ROLESANYWHERE"},
	};
	struct endpoint ret = {};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		clear_variables();
		setenv("AWS_ENDPOINT_URL", "https://any", 1);
		tap_begin("the variable of %s", cases[i].name);
		for (size_t k = 0; k < ARRAY_SIZE(cases); k++)
			setenv(cases[k].variable, k == i ? "https://own" : "https://other", 1);
		CHECK_INT(resolve(cases[i].service, "eu-central-1", false, false, &ret, NULL), 1);
		CHECK_STRING(ret.url, "https://own");
		setenv(cases[i].variable, " \t", 1);
		CHECK_INT(resolve(cases[i].service, "eu-central-1", false, false, &ret, NULL), 1);
		CHECK_STRING(ret.url, "https://any");
		setenv("AWS_ENDPOINT_URL", "", 1);
		CHECK_INT(resolve(cases[i].service, "eu-central-1", false, false, &ret, NULL), 0);
		tap_end();
	}
}

#define CONFIG                                                                                     \
	"[profile plain]\n"                                                                        \
	"[profile variants]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = TRUE\n"            \
	"ca_bundle = /etc/profile.pem\n"                                                           \
	"[profile url]\nendpoint_url = https://profile\nservices = mine\n"                         \
	"[profile ignores]\nendpoint_url = https://profile\n"                                      \
	"ignore_configured_endpoint_urls = true\n"                                                 \
	"[profile lost]\nservices = nowhere\nendpoint_url = https://profile\n"                     \
	"[services mine]\necr =\n  endpoint_url = https://mine\n"                                  \
	"sts =\n  endpoint_url =\n"                                                                \
	"[services bad]\necr =\n  endpoint_url = https://user:hunter2@bad\n"

/* One key of the ini, one variable ("NAME=VALUE"), a profile; and the result. */
static const struct configured {
	const char *what, *profile, *ini_key, *ini_value, *variable;
	enum aws_service service;
	const char *url; /* "": by the rules */
	bool fips, dualstack;
	const char *ca_bundle;
	const char *error, *text; /* the reason's code, and a part of its text */
} configured[] = {
        {"nothing", "plain", .url = ""},
        {"a missing profile", "absent", .url = ""},
        {"the profile's variants", "variants", .url = "", .fips = true, .dualstack = true,
                .ca_bundle = "/etc/profile.pem"},
        {"the environment before the profile: FIPS", "variants", .url = "",
                .variable = "AWS_USE_FIPS_ENDPOINT=false", .dualstack = true,
                .ca_bundle = "/etc/profile.pem"},
        {"the environment's FIPS", "plain", .url = "", .variable = "AWS_USE_FIPS_ENDPOINT=True",
                .fips = true},
        {"the environment's dual stack", "plain", .url = "",
                .variable = "AWS_USE_DUALSTACK_ENDPOINT=true", .dualstack = true},
        {"the ini before the profile: dual stack", "variants", "use_dualstack_endpoint", "false",
                .url = "", .fips = true, .ca_bundle = "/etc/profile.pem"},
        {"the ini before the environment: FIPS", "plain", "use_fips_endpoint", "false",
                .variable = "AWS_USE_FIPS_ENDPOINT=true", .url = ""},
        {"the ini's bundle", "variants", "ca_bundle", "/etc/ini.pem",
                .variable = "AWS_CA_BUNDLE=/etc/environment.pem", .url = "", .fips = true,
                .dualstack = true, .ca_bundle = "/etc/ini.pem"},
        {"the environment's bundle before the profile's", "variants",
                .variable = "AWS_CA_BUNDLE=/etc/environment.pem", .url = "", .fips = true,
                .dualstack = true},
        {"a bundle below the home", "plain", "ca_bundle", "~/ca.pem", .url = "",
                .ca_bundle = "/home/tester/ca.pem"},
        {"a section for the service", "url", .url = "https://mine"},
        {"a section without the service", "url", .service = SERVICE_ECR_PUBLIC,
                .url = "https://profile"},
        {"an empty URL in the section", "url", .service = SERVICE_STS, .url = "https://profile"},
        {"the environment before the profile: URL", "url", .variable = "AWS_ENDPOINT_URL=http://e",
                .url = "http://e"},
        {"ignored by the environment", "url",
                .variable = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=TRUE", .url = ""},
        {"ignored by the profile", "ignores", .url = ""},
        {"the environment before the profile: ignoring", "ignores", .url = "https://profile",
                .variable = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false"},
        {"the ini's URL, even if others are ignored", "ignores", "endpoint_url", "https://ini",
                .url = "https://ini"},
        {"the ini's section of services", "plain", "services", "mine", .url = "https://mine",
                .variable = "AWS_ENDPOINT_URL_ECR=https://environment"},
        {"ignored by the ini", "url", "ignore_configured_endpoint_urls", "true", .url = ""},
        {"a missing section", "lost", .error = "no-such-services", .text = "[services nowhere]"},
        {"a missing section, named by the ini", "plain", "services", "nowhere",
                .error = "no-such-services", .text = "[aws prod] has"},
        {"a missing section that is not needed", "lost",
                .variable = "AWS_ENDPOINT_URL_ECR=https://e", .url = "https://e"},
        {"a bad URL in a section", "plain", "services", "bad", .error = "bad-endpoint-url",
                .text = "endpoint_url of ecr in [services bad]"},
        {"a bad URL in the ini", "plain", "endpoint_url", "https://user:hunter2@bad",
                .error = "bad-endpoint-url", .text = "endpoint_url of [aws prod]"},
        {"a URL and FIPS", "url", "use_fips_endpoint", "true", .error = "endpoint-conflict",
                .text = "[services mine] is set"},
        {"a URL and dual stack", "plain", "endpoint_url", "https://ini",
                .variable = "AWS_USE_DUALSTACK_ENDPOINT=true", .error = "endpoint-conflict",
                .text = "use_dualstack_endpoint"},
};

static void check_one_configured(const struct configured *c)
{
	_cleanup_(identity_endpoint_done) struct identity_endpoint e = {};
	struct config_setting setting = {(char *)c->ini_key, (char *)c->ini_value, 1};
	struct config_identity ini = {
	        .name = (char *)"prod", .settings = &setting, .n_settings = c->ini_key ? 1 : 0};
	char variable[128] = "";
	struct identity identity;
	struct reason reason = {};
	int r;

	clear_variables();
	if (c->variable) {
		snprintf(variable, sizeof(variable), "%s", c->variable);
		*strchr(variable, '=') = '\0';
		setenv(variable, strchr(c->variable, '=') + 1, 1);
	}
	open_identity(CONFIG, c->profile, &ini, &identity);
	r = identity_endpoint(&identity, c->service, false, false, &e, &reason);
	CHECK_STRING(reason.code, c->error ? c->error : "");
	CHECK(c->error ? r < 0 : r == 0);
	CHECK(!c->text || strstr(reason.text, c->text));
	CHECK(!strstr(reason.text, "hunter2"));
	CHECK_STRING(e.url, c->url ? c->url : "");
	CHECK_INT(e.fips, c->fips);
	CHECK_INT(e.dualstack, c->dualstack);
	CHECK_STRING(e.ca_bundle ? e.ca_bundle : "", c->ca_bundle ? c->ca_bundle : "");
	profile_set_done(&identity.profiles);
	clear_variables();
}

static void test_configured(void)
{
	setenv("HOME", "/home/tester", 1);
	for (size_t i = 0; i < ARRAY_SIZE(configured); i++) {
		tap_begin("%s", configured[i].what);
		check_one_configured(&configured[i]);
		tap_end();
	}
}

/* A host may require a variant, which the identity cannot disable. */
static void test_host_variants(void)
{
	struct endpoint ret = {};
	struct reason reason = {};

	clear_variables();
	tap_begin("FIPS of a host stays");
	setenv("AWS_USE_FIPS_ENDPOINT", "false", 1);
	CHECK_INT(resolve(SERVICE_ECR, "us-east-1", true, false, &ret, NULL), 0);
	CHECK_STRING(ret.url, "https://api.ecr-fips.us-east-1.amazonaws.com");
	setenv("AWS_ENDPOINT_URL", "https://any", 1);
	CHECK_INT(resolve(SERVICE_ECR, "us-east-1", true, false, &ret, &reason), -EINVAL);
	CHECK_STRING(reason.code, "endpoint-conflict");
	CHECK(strstr(reason.text, "AWS_ENDPOINT_URL"));
	tap_end();
	clear_variables();
}

int main(void)
{
	conformance_run("endpoints/ecr.json", "testCases", ecr_case);
	conformance_run("endpoints/sts.json", "testCases", sts_case);
	conformance_run("endpoints/regions-sample.json", "cases", region_case);
	conformance_run("endpoints/configured-urls.json", "testSuites", configured_suite);
	test_variants();
	test_partition();
	test_bad_regions();
	test_urls();
	test_long_url();
	test_variables();
	test_configured();
	test_host_variants();
	return tap_finish();
}

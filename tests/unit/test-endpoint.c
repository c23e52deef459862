/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/endpoint.h"

#include <errno.h>

#include "conformance.h"

/* The environment of the case at hand. */
static struct {
	const char *name;
	const char *value;
} variables[8];

static void clear_variables(void)
{
	memset(variables, 0, sizeof(variables));
}

static void set_variable(const char *name, const char *value)
{
	size_t i = 0;

	while (variables[i].name)
		i++;
	variables[i].name = name;
	variables[i].value = value;
}

static char *get_variable(const char *name)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (variables[i].name && strcmp(variables[i].name, name) == 0)
			return (char *)variables[i].value;
	return NULL;
}

/* As a call does: what is configured, else what the rules say. */
static int resolve(enum aws_service service, const char *region, bool fips, bool dualstack,
        struct endpoint *ret, struct reason *reason)
{
	int r = endpoint_configured(service, fips, dualstack, get_variable, ret->url, reason);

	if (r != 0)
		return r;
	return endpoint_resolve(service, NULL, region, fips, dualstack, ret, reason);
}

static const char *expected_signing_region(struct json_object *endpoint, const char *region)
{
	struct json_object *schemes = member(member(endpoint, "properties"), "authSchemes");
	const char *signing =
	        schemes ? member_string(json_object_array_get_idx(schemes, 0), "signingRegion")
	                : NULL;

	return signing ? signing : region;
}

/* STS is asked in the identity's own region: the legacy global endpoint is not built. */
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
		set_variable("AWS_ENDPOINT_URL", custom);
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
		tap_skip(name, "legacy global endpoint: STS is asked in the identity's region");
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
	/* Where "url" differs, or is an error, it is botocore's older table. */
	CHECK_STRING(ret.url, member_string(c, "ruleset_url"));
	CHECK(!ret.configured);
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
		tap_skip(name, "legacy global endpoint: STS is asked in the identity's region");
		return;
	}
	tap_begin("%s", name);
	check_region(c);
	tap_end();
}

/* The cases speak of two services that we do not call; any two will do. */
static const struct {
	const char *theirs, *variable, *ours;
	enum aws_service service;
} stand_ins[] = {
        {"s3", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_ECR", SERVICE_ECR},
        {"dynamodb", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_STS", SERVICE_STS},
};

static void set_environment(struct json_object *environment)
{
	clear_variables();
	json_object_object_foreach(environment, key, value)
	{
		const char *name = key;

		for (size_t i = 0; i < sizeof(stand_ins) / sizeof(stand_ins[0]); i++)
			if (strcmp(key, stand_ins[i].variable) == 0)
				name = stand_ins[i].ours;
		set_variable(name, json_object_get_string(value));
	}
}

static void configured_case(struct json_object *suite, struct json_object *c)
{
	struct json_object *environment =
	        member(member(suite, "environments"), member_string(c, "environment"));
	const char *name = member_string(c, "name"),
	           *url = member_string(member(c, "output"), "endpointUrl"),
	           *service = member_string(c, "service");
	size_t i = strcmp(service, stand_ins[0].theirs) == 0 ? 0 : 1;
	struct endpoint ret = {};

	if (strcmp(member_string(c, "client_config"), "default") != 0) {
		tap_skip(name, "there is no client configuration in code");
		return;
	}
	if (json_object_object_length(environment) == 0) {
		tap_skip(name, "profile files come with the provider chain");
		return;
	}
	tap_begin("%s", name);
	CHECK_STRING(service, stand_ins[i].theirs);
	set_environment(environment);
	if (strstr(url, ".amazonaws.com")) { /* theirs by the rules, so ours by the rules */
		CHECK_INT(
		        resolve(stand_ins[i].service, "eu-central-1", false, false, &ret, NULL), 0);
		CHECK(strstr(ret.url, "eu-central-1.amazonaws.com"));
	} else {
		CHECK_INT(
		        resolve(stand_ins[i].service, "eu-central-1", false, false, &ret, NULL), 1);
		CHECK_STRING(ret.url, url);
	}
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

/* A registry's host knows its partition better than the region does. */
static void test_partition(void)
{
	struct registry_host host;
	struct endpoint ret = {};

	tap_begin("a region of tomorrow is asked in its host's partition");
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

		tap_begin("a region that is none: \"%s\"", regions[i]);
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
		const char *value, *url; /* or NULL where it is refused */
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
		char url[ENDPOINT_URL_MAX_SIZE] = "untouched";
		struct reason reason = {};
		int r;

		clear_variables();
		set_variable("AWS_ENDPOINT_URL_ECR", cases[i].value);
		r = endpoint_configured(SERVICE_ECR, false, false, get_variable, url, &reason);
		tap_begin("configured: \"%s\"", cases[i].value);
		CHECK_INT(r, cases[i].url ? 1 : -EINVAL);
		CHECK_STRING(url, cases[i].url ? cases[i].url : "untouched");
		/* The mend names the variable, and shows no password. */
		CHECK(cases[i].url || strstr(reason.text, "AWS_ENDPOINT_URL_ECR "));
		CHECK(!strstr(reason.text, "hunter2"));
		tap_end();
	}
}

static void test_long_url(void)
{
	static char value[ENDPOINT_URL_MAX_SIZE + 1] = "https://ecr.example.com/";
	char url[ENDPOINT_URL_MAX_SIZE] = "untouched";

	clear_variables();
	set_variable("AWS_ENDPOINT_URL", value);
	memset(value + strlen(value), 'x', ENDPOINT_URL_MAX_SIZE - strlen(value));
	tap_begin("a configured URL has a limit");
	CHECK_INT(endpoint_configured(SERVICE_STS, false, false, get_variable, url, NULL), -EINVAL);
	CHECK_STRING(url, "untouched");
	value[ENDPOINT_URL_MAX_SIZE - 1] = '\0';
	CHECK_INT(endpoint_configured(SERVICE_STS, false, false, get_variable, url, NULL), 1);
	CHECK_STRING(url, value);
	tap_end();
}

static void test_variables(void)
{
	static const struct {
		enum aws_service service;
		const char *url;
	} cases[] = {
	        {SERVICE_ECR, "https://ecr"},
	        {SERVICE_ECR_PUBLIC, "https://public"},
	        {SERVICE_STS, "https://any"},
	};
	char url[ENDPOINT_URL_MAX_SIZE];

	clear_variables();
	set_variable("AWS_ENDPOINT_URL", "https://any");
	set_variable("AWS_ENDPOINT_URL_ECR", "https://ecr");
	set_variable("AWS_ENDPOINT_URL_ECR_PUBLIC", "https://public");
	set_variable("AWS_ENDPOINT_URL_STS", " \t");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_begin("the variable of %s", aws_service_name(cases[i].service));
		CHECK_INT(endpoint_configured(
		                  cases[i].service, false, false, get_variable, url, NULL),
		        1);
		CHECK_STRING(url, cases[i].url);
		tap_end();
	}

	tap_begin("configured URLs can be ignored");
	set_variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True");
	CHECK_INT(endpoint_configured(SERVICE_ECR, true, false, get_variable, url, NULL), 0);
	tap_end();

	tap_begin("blank URLs count as unset");
	clear_variables();
	set_variable("AWS_ENDPOINT_URL", "");
	set_variable("AWS_ENDPOINT_URL_ECR", " ");
	CHECK_INT(endpoint_configured(SERVICE_ECR, true, false, get_variable, url, NULL), 0);
	tap_end();
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
	return tap_finish();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/registry-host.h"

#include <errno.h>

#include "conformance.h"

static void check_host(const char *name, const struct registry_host *host)
{
	struct registry_host again;

	/* The name is a key in config.json: it must lead back to the same registry. */
	if (CHECK_INT(registry_host_parse(name, &again), 0)) {
		CHECK_STRING(again.name, host->name);
		CHECK_STRING(again.region, host->region);
		CHECK(again.partition == host->partition);
	}
}

static void conformance_case(struct json_object *c)
{
	const char *text = member_string(c, "host"), *service = member_string(c, "service");
	struct registry_host host;
	int r = registry_host_parse(text, &host);

	tap_begin("%s", text);
	if (!member_bool(c, "ok")) {
		CHECK_INT(r, -EINVAL);
	} else if (CHECK_INT(r, 0)) {
		bool is_public = strcmp(service, "ecr-public") == 0;

		CHECK_STRING(host.account, member_string(c, "account"));
		/* The region of ECR Public's API; the data leaves it open. */
		CHECK_STRING(host.region, is_public ? "us-east-1" : member_string(c, "region"));
		CHECK_STRING(aws_service_name(host.service), service);
		CHECK_INT(host.fips, member_bool(c, "fips"));
		CHECK_INT(host.dualstack, member_bool(c, "dualstack"));
		check_host(host.name, &host);
	}
	tap_end();
}

#define A "123456789012"
#define LABEL63 "a123456789012345678901234567890123456789012345678901234567890bc"

static void test_partitions(void)
{
	static const struct {
		const char *host, *partition;
		bool dualstack;
	} cases[] = {
	        {A ".dkr.ecr.eu-central-1.amazonaws.com", "aws", false},
	        {A ".dkr-ecr.eu-central-1.on.aws", "aws", true},
	        {A ".dkr.ecr.us-gov-west-1.amazonaws.com", "aws-us-gov", false},
	        {A ".dkr-ecr.us-gov-west-1.on.aws", "aws-us-gov", true},
	        {A ".dkr.ecr.cn-north-1.amazonaws.com.cn", "aws-cn", false},
	        {A ".dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "aws-cn", true},
	        {A ".dkr.ecr.eusc-de-east-1.amazonaws.eu", "aws-eusc", false},
	        {A ".dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu", "aws-eusc", true},
	        {A ".dkr.ecr.us-iso-east-1.c2s.ic.gov", "aws-iso", false},
	        {A ".dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "aws-iso-b", false},
	        {A ".dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "aws-iso-e", false},
	        {A ".dkr.ecr.us-isof-east-1.csp.hci.ic.gov", "aws-iso-f", false},
	        /* A future region. */
	        {A ".dkr.ecr.mars-olympus-7.amazonaws.com", "aws", false},
	        {A ".dkr.ecr." LABEL63 ".amazonaws.com", "aws", false},
	        /* The suffix decides, not a region that looks like another partition's. */
	        {A ".dkr.ecr.us-gov-west-1.amazonaws.com.cn", "aws-cn", false},
	        {A ".dkr.ecr.cn-north-1.amazonaws.com", "aws", false},
	        {A ".dkr.ecr.eu-central-1.c2s.ic.gov", "aws-iso", false},
	        /* Either separator is accepted with every suffix. */
	        {A ".dkr-ecr.eu-central-1.amazonaws.com", "aws", false},
	        {A ".dkr.ecr-fips.eu-central-1.on.aws", "aws", true},
	        {"public.ecr.aws", "aws", false},
	        {"ecr-public.aws.com", "aws", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct registry_host host;

		tap_begin("partition of %s", cases[i].host);
		if (CHECK_INT(registry_host_parse(cases[i].host, &host), 0)) {
			CHECK_STRING(host.partition->name, cases[i].partition);
			CHECK_INT(host.dualstack, cases[i].dualstack);
			check_host(host.name, &host);
		}
		tap_end();
	}
}

static void test_refused(void)
{
	static const char *const cases[] = {
	        "",
	        "https://",
	        "amazonaws.com",
	        A ".dkr.ecr.amazonaws.com",
	        A ".dkr.ecr..amazonaws.com",
	        A ".dkr.ecr.-eu.amazonaws.com",
	        A ".dkr.ecr.eu-.amazonaws.com",
	        A ".dkr.ecr.eu_central_1.amazonaws.com",
	        A ".dkr.ecr.eu-central-1.amazonaws.com.",
	        A ".dkr.ecr.eu-central-1.amazonaws.com:",
	        A ".dkr.ecr.eu-central-1.amazonaws.com:0",
	        A ".dkr.ecr.eu-central-1.amazonaws.com:0443",
	        A ".dkr.ecr.eu-central-1.amazonaws.com:65536",
	        A ".dkr.ecr.eu-central-1.amazonaws.com:99999999999999999999",
	        A ".dkr.ecr.eu-central-1.amazonaws.com:https",
	        A ".dkr.ecr.eu-central-1.amazonaws.com:443:443",
	        A ".dkr.ecr.eu-central-1.amazonaws.com ",
	        " " A ".dkr.ecr.eu-central-1.amazonaws.com",
	        A ".dkr.ecr.eu-central-1.amazonaws.com\n",
	        A ".dkr.ecr.eu-central-1.amazonaws.com?x",
	        A ".dkr.ecr.eu-central-1.amazonaws.com#x",
	        A ".dkr.ecr.eu-central-1.amazonaws.com\\@evil.example",
	        A ".dkr.ecr.eu-central-1.amazonaws.com@evil.example",
	        "user@" A ".dkr.ecr.eu-central-1.amazonaws.com",
	        "https://user:password@" A ".dkr.ecr.eu-central-1.amazonaws.com",
	        "ftp://" A ".dkr.ecr.eu-central-1.amazonaws.com",
	        "https://https://" A ".dkr.ecr.eu-central-1.amazonaws.com",
	        "//" A ".dkr.ecr.eu-central-1.amazonaws.com",
	        "x" A ".dkr.ecr.eu-central-1.amazonaws.com",
	        "x." A ".dkr.ecr.eu-central-1.amazonaws.com",
	        "12345678901.dkr.ecr.eu-central-1.amazonaws.com",
	        "1234567890123.dkr.ecr.eu-central-1.amazonaws.com",
	        "12345678901x.dkr.ecr.eu-central-1.amazonaws.com",
	        A ".dkr.ecr.x" LABEL63 ".amazonaws.com",
	        A ".dkrxecr.eu-central-1.amazonaws.com",
	        A ".dkr.ecrfips.eu-central-1.amazonaws.com",
	        A ".dkr.ecr-gov.eu-central-1.amazonaws.com",
	        A ".dkr.ecr.eu-central-1.amazonaws.com.evil.example",
	        A ".dkr.ecr.eu-central-1.amazonaws.comx",
	        A ".dkr.ecr.eu-central-1.xamazonaws.com",
	        A ".dkr.ecr.eu-central-1.x.amazonaws.com",
	        A ".dkr.ecr.us-iso-east-1.on.c2s.ic.gov",
	        "x.public.ecr.aws",
	        "xpublic.ecr.aws",
	        "evil.example/public.ecr.aws",
	        "nerdctl-experimental://public.ecr.aws:443/host/public.ecr.aws:443/v2/",
	        "evil.example/" A ".dkr.ecr.eu-central-1.amazonaws.com",
	        "public.ecr.aws.evil.example",
	        "public.ecr.aw\xc5\x9b",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct registry_host host = {.name = "untouched"};

		tap_begin("refused: %s", cases[i]);
		CHECK_INT(registry_host_parse(cases[i], &host), -EINVAL);
		CHECK_STRING(host.name, "untouched");
		tap_end();
	}
}

static void test_normalize(void)
{
	static const struct {
		const char *text, *host; /* or NULL if it is refused */
	} cases[] = {
	        {"host", "host"},
	        {"HTTPS://Host:443/v2/", "host"},
	        {"http://Registry.Example.COM/", "registry.example.com"},
	        {"host:5000", "host:5000"},
	        {"host:5000/image:latest@sha256:00", "host:5000"},
	        {"https://host:5000/v2/", "host:5000"},
	        {"host:80", "host:80"},
	        {"http://host:80", "host:80"},
	        /* What nerdctl passes to a credential helper, besides the bare host. */
	        {"host:443", "host"},
	        {"http://host:443", "host"},
	        {"https://host:443", "host"},
	        {"https://index.docker.io/v1/", "index.docker.io"},
	        {"nerdctl-experimental://mirror:443/host/host:443/v2/", NULL},
	        {"host:65535", "host:65535"},
	        {"127.0.0.1:5000", "127.0.0.1:5000"},
	        {"a-b.c--d", "a-b.c--d"},
	        {"", NULL},
	        {"/", NULL},
	        {":443", NULL},
	        {"http://", NULL},
	        {"http:///path", NULL},
	        {"host..example", NULL},
	        {".host", NULL},
	        {"host.", NULL},
	        {"-host", NULL},
	        {"[::1]:5000", NULL},
	        {"ho st", NULL},
	        {"host\t", NULL},
	        {"user@host", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char host[HOST_NAME_MAX_SIZE] = "untouched";
		int r = host_normalize(cases[i].text, host);

		tap_begin("normalized: \"%s\"", cases[i].text);
		CHECK_INT(r, cases[i].host ? 0 : -EINVAL);
		CHECK_STRING(host, cases[i].host ? cases[i].host : "untouched");
		tap_end();
	}
}

/* Makes a name of labels of 63 characters, of the given length. */
static void long_name(char *ret, size_t size)
{
	for (size_t i = 0; i < size; i++)
		ret[i] = i % 64 == 63 ? '.' : 'a';
	ret[size] = '\0';
}

static void test_lengths(void)
{
	char name[400], host[HOST_NAME_MAX_SIZE];

	tap_begin("a name has at most 253 characters");
	long_name(name, 253);
	CHECK_INT(host_normalize(name, host), 0);
	CHECK_STRING(host, name);
	strcat(name, ":443/v2/");
	CHECK_INT(host_normalize(name, host), 0);
	CHECK_INT((long long)strlen(host), 253);
	long_name(name, 253);
	strcat(name, ":5000");
	CHECK_INT(host_normalize(name, host), -EINVAL);
	long_name(name, 254);
	CHECK_INT(host_normalize(name, host), -EINVAL);
	long_name(name, 390);
	CHECK_INT(host_normalize(name, host), -EINVAL);
	tap_end();

	tap_begin("a path may be longer than a host");
	strcpy(name, "public.ecr.aws/");
	memset(name + strlen(name), 'p', 350);
	name[365] = '\0';
	CHECK_INT(host_normalize(name, host), 0);
	CHECK_STRING(host, "public.ecr.aws");
	tap_end();
}

static void test_port(void)
{
	struct registry_host host;

	tap_begin("a registry on another port keeps it in its name");
	CHECK_INT(
	        registry_host_parse(A ".DKR.ecr-FIPS.EU-central-1.amazonaws.com:8443/x", &host), 0);
	CHECK_STRING(host.name, A ".dkr.ecr-fips.eu-central-1.amazonaws.com:8443");
	CHECK_STRING(host.region, "eu-central-1");
	CHECK(host.fips);
	tap_end();
}

static void test_custom(void)
{
	struct registry_host host = {};

	tap_begin("a custom name is ECR in the given region");
	CHECK_INT(registry_host_custom("https://ECR.example.com/", "CN-north-1", &host), 0);
	CHECK_STRING(host.name, "ecr.example.com");
	CHECK_STRING(host.account, "");
	CHECK_STRING(host.region, "cn-north-1");
	CHECK_STRING(host.partition->name, "aws-cn");
	CHECK_STRING(aws_service_name(host.service), "ecr");
	CHECK(!host.fips && !host.dualstack);
	tap_end();

	tap_begin("a malformed custom name or region is refused");
	host = (struct registry_host){.name = "untouched"};
	CHECK_INT(registry_host_custom("ecr example.com", "eu-central-1", &host), -EINVAL);
	CHECK_INT(registry_host_custom("ecr.example.com", "", &host), -EINVAL);
	CHECK_INT(registry_host_custom("ecr.example.com", "eu.central.1", &host), -EINVAL);
	CHECK_INT(registry_host_custom("ecr.example.com", "eu-central-1/", &host), -EINVAL);
	CHECK_INT(registry_host_custom("ecr.example.com", "x" LABEL63, &host), -EINVAL);
	CHECK_STRING(host.name, "untouched");
	tap_end();
}

static void test_regions(void)
{
	tap_begin("a region is a lower-case label");
	CHECK(region_is_valid("eu-central-1"));
	CHECK(region_is_valid("tomorrow-9"));
	CHECK(region_is_valid(LABEL63));
	CHECK(!region_is_valid("x" LABEL63));
	CHECK(!region_is_valid("EU-central-1"));
	CHECK(!region_is_valid("eu central"));
	CHECK(!region_is_valid("eu-central-1."));
	CHECK(!region_is_valid("-eu"));
	CHECK(!region_is_valid(""));
	tap_end();

	tap_begin("a region belongs to a partition");
	CHECK_STRING(partition_of_region("eu-central-1")->name, "aws");
	CHECK_STRING(partition_of_region("us-gov-east-1")->name, "aws-us-gov");
	CHECK_STRING(partition_of_region("us-isob-west-9")->name, "aws-iso-b");
	CHECK_STRING(partition_of_region("aws-global")->name, "aws");
	CHECK_STRING(partition_of_region("aws-iso-b-global")->name, "aws-iso-b");
	CHECK_STRING(partition_of_region("aws-us-gov-global")->name, "aws-us-gov");
	CHECK_STRING(partition_of_region("")->name, "aws");
	CHECK(partition_by_name("aws-eusc") == partition_of_region("eusc-de-east-1"));
	CHECK(!partition_by_name("azure"));
	tap_end();
}

int main(void)
{
	conformance_run("hosts.json", NULL, conformance_case);
	test_partitions();
	test_refused();
	test_normalize();
	test_lengths();
	test_port();
	test_custom();
	test_regions();
	return tap_finish();
}

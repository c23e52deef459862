/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of provider_imds() and imds_region(), and their results. */
#include <errno.h>

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "base/timestamp.h"
#include "fetch/identity/identity.h"
#include "fetch/providers/provider-imds.h"
#include "http-script.h"

#define V4 "http://169.254.169.254/latest/"
#define V6 "http://[fd00:ec2::254]/latest/"
#define ROLES "meta-data/iam/security-credentials/"
#define PUT "PUT " V4 "api/token"
#define GET_ROLE "GET " V4 ROLES
#define GET_KEYS GET_ROLE "puller"
#define TTL "X-aws-ec2-metadata-token-ttl-seconds: 21600"
#define TOKEN "X-aws-ec2-metadata-token: AQAE=="
#define NO_TOKEN "!X-aws-ec2-metadata-token"
#define KEYS_UNTIL(time)                                                                           \
	"{\"Code\":\"Success\",\"AccessKeyId\":\"ASIAX\",\"SecretAccessKey\":\"TOPSECRET\","       \
	"\"Token\":\"TOPTOKEN\",\"Expiration\":\"" time "\"}"
#define KEYS KEYS_UNTIL("2199-01-01T00:00:00Z")

static const char *const variables[] = {"AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_V1_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "AWS_METADATA_SERVICE_TIMEOUT", "AWS_METADATA_SERVICE_NUM_ATTEMPTS"};

static struct config_setting ini[2];
static struct credentials credentials;
static struct reason why;

static void clean_up(void)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	memset(ini, 0, sizeof(ini));
	credentials_done(&credentials);
	why = (struct reason){};
}

static void set_ini(const char *key, const char *value)
{
	ini[0] = (struct config_setting){.key = (char *)key, .value = (char *)value};
}

/* With this profile in use, or NULL. */
static int resolve(const char *profile_text, char *ret_region)
{
	struct config_identity config = {
	        .name = (char *)"", .settings = ini, .n_settings = ini[0].key ? 1 : 0};
	struct profile own = {.name = (char *)"[aws]"};
	struct identity identity = {.config = &config,
	        .own = {&own, 1},
	        .profile_name = "default",
	        .deadline = monotonic_now() + 20 * UINT64_C(1000000)};
	int r;

	if (profile_text)
		CHECK_INT(profile_parse(profile_text, strlen(profile_text), "config", false,
		                  &identity.profiles, NULL),
		        0);
	r = ret_region ? imds_region(&identity, ret_region, &why)
	               : provider_imds(&identity, NULL, &credentials, &why);
	profile_set_done(&identity.profiles);
	return r;
}

#define RUN(name, lines, profile, expected)                                                        \
	do {                                                                                       \
		tap_begin(name);                                                                   \
		script_begin(lines);                                                               \
		CHECK_INT(resolve(profile, NULL), expected);                                       \
		script_end();                                                                      \
	} while (0)

static void end(void)
{
	CHECK(!strstr(why.text, "TOP"));
	tap_end();
	clean_up();
}

static const struct script_line good[] = {
        {PUT, TTL, 0, 200, "AQAE=="},
        {GET_ROLE, TOKEN, 0, 200, "puller"},
        {GET_KEYS, TOKEN, 0, 200, KEYS},
};

static void check_keys(void)
{
	CHECK_STRING(credentials.access_key_id, "ASIAX");
	CHECK_STRING(secret_string(&credentials.secret_access_key), "TOPSECRET");
	CHECK_STRING(secret_string(&credentials.session_token), "TOPTOKEN");
}

static void test_good(void)
{
	static const struct script_line again[] = {
	        {PUT, TTL, 0, 503, ""},
	        {PUT, TTL, -ETIMEDOUT},
	        {PUT, TTL, 0, 200, "AQAE=="},
	        {GET_ROLE, TOKEN, 0, 503, ""},
	        {GET_ROLE, TOKEN, -EPROTO},
	        {GET_ROLE, TOKEN, 0, 429, ""},
	        {GET_ROLE, TOKEN, 0, 200, "puller\n"},
	        {GET_KEYS, TOKEN, 0, 500, ""},
	        {GET_KEYS, TOKEN, 0, 200, KEYS},
	};
	static const struct script_line old[] = {
	        {PUT, TTL, 0, 200, "AQAE=="},
	        {GET_ROLE, TOKEN, 0, 200, "puller"},
	        {GET_KEYS, TOKEN, 0, 200, KEYS_UNTIL("2021-09-21T04:16:53Z")},
	};
	int64_t left;

	RUN("three requests", good, NULL, 1);
	check_keys();
	CHECK_INT(credentials.expires_at, 7226582400);
	end();

	RUN("each request has four attempts", again, NULL, 1);
	check_keys();
	end();

	RUN("expired credentials are used and extended", old, NULL, 1);
	check_keys();
	left = credentials.expires_at - timestamp_now();
	CHECK(left >= 719 && left <= 1200);
	end();
}

static void test_v1(void)
{
	static const long fall_back[] = {403, 404, 405};
	struct script_line lines[] = {
	        {PUT, TTL, 0, 0, "no"},
	        {GET_ROLE, NO_TOKEN, 0, 200, "puller"},
	        {GET_KEYS, NO_TOKEN, 0, 200, KEYS},
	};
	struct script_line refused[] = {{PUT, TTL, 0, 403, ""}};
	struct script_line nobody[] = {{PUT, TTL, 0, 404, ""}, {GET_ROLE, NO_TOKEN, 0, 404, ""}};
	struct script_line off[] = {{PUT, TTL, 0, 403, ""}, {GET_ROLE, NO_TOKEN, 0, 403, ""}};

	for (size_t i = 0; i < sizeof(fall_back) / sizeof(fall_back[0]); i++) {
		lines[0].status = fall_back[i];
		RUN("IMDSv1", lines, NULL, 1);
		check_keys();
		end();
	}

	setenv("AWS_EC2_METADATA_V1_DISABLED", "true", 1);
	RUN("IMDSv1 disabled by the environment", refused, NULL, 0);
	CHECK(strstr(why.text, "IMDSv1 is disabled"));
	end();

	RUN("IMDSv1 disabled by the profile", refused,
	        "[default]\nec2_metadata_v1_disabled = True\n", 0);
	end();

	set_ini("ec2_metadata_v1_disabled", "true");
	RUN("IMDSv1 disabled by the ini", refused, NULL, 0);
	end();

	setenv("AWS_EC2_METADATA_V1_DISABLED", "false", 1);
	lines[0].status = 405;
	RUN("the environment has precedence over the profile", lines,
	        "[default]\nec2_metadata_v1_disabled = true\n", 1);
	end();

	RUN("IMDSv1 without a role", nobody, NULL, 0);
	CHECK(strstr(why.text, "no role"));
	end();

	RUN("disabled IMDS", off, NULL, 0);
	CHECK(strstr(why.text, "--http-endpoint enabled"));
	end();
}

static void test_absent(void)
{
	static const struct script_line none[] = {{NULL}};
	static const struct script_line silence[] = {{PUT, TTL, -ETIMEDOUT}, {PUT, TTL, -ETIMEDOUT},
	        {PUT, TTL, -ETIMEDOUT}, {PUT, TTL, -ETIMEDOUT}};
	static const struct script_line twice[] = {
	        {PUT, TTL, -ENETUNREACH}, {PUT, TTL, -ENETUNREACH}};
	static const struct script_line azure[] = {{PUT, TTL, 0, 400, "Required metadata header"}};
	static const struct script_line page[] = {{PUT, TTL, 0, 200, "<html>\r\n</html>"}};
	static const struct script_line no_role[] = {
	        {PUT, TTL, 0, 200, "AQAE=="}, {GET_ROLE, TOKEN, 0, 404, "<html>"}};

	tap_begin("disabled");
	setenv("AWS_EC2_METADATA_DISABLED", "True", 1);
	script_begin(none);
	CHECK_INT(resolve(NULL, NULL), 0);
	CHECK_INT((long long)script_position, 0);
	CHECK(strstr(why.text, "AWS_EC2_METADATA_DISABLED"));
	end();

	RUN("no reply, as with a low hop limit", silence, NULL, 0);
	CHECK(strstr(why.text, "hop limit") && strstr(why.text, "HttpPutResponseHopLimit"));
	end();

	setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2", 1);
	RUN("an unreachable address", twice, NULL, 0);
	CHECK(strstr(why.text, "not an EC2 instance"));
	end();

	RUN("another cloud", azure, NULL, 0);
	CHECK(strstr(why.text, "HTTP 400"));
	end();

	RUN("a page instead of a token", page, NULL, 0);
	end();

	RUN("an instance without a role", no_role, NULL, 0);
	CHECK(strstr(why.text, "no role") && strstr(why.text, "instance profile"));
	end();
}

static void test_broken(void)
{
	static const struct script_line gone[] = {{PUT, TTL, 0, 200, "AQAE=="},
	        {GET_ROLE, TOKEN, 0, 200, "puller"}, {GET_KEYS, TOKEN, 0, 404, ""}};
	static const struct script_line refused[] = {{PUT, TTL, 0, 200, "AQAE=="},
	        {GET_ROLE, TOKEN, 0, 200, "puller"},
	        {GET_KEYS, TOKEN, 0, 200,
	                "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"no\"}"}};
	static const struct script_line failing[] = {{PUT, TTL, 0, 200, "AQAE=="},
	        {GET_ROLE, TOKEN, 0, 503, ""}, {GET_ROLE, TOKEN, 0, 503, ""},
	        {GET_ROLE, TOKEN, 0, 503, ""}, {GET_ROLE, TOKEN, 0, 503, ""}};
	static const struct script_line path[] = {
	        {PUT, TTL, 0, 200, "AQAE=="}, {GET_ROLE, TOKEN, 0, 200, "../../user-data"}};

	RUN("a role that is removed in between", gone, NULL, -ENOENT);
	CHECK(strstr(why.text, "puller"));
	end();

	RUN("a role that EC2 cannot assume", refused, NULL, -EREMOTEIO);
	CHECK_STRING(why.code, "AssumeRoleUnauthorizedAccess");
	end();

	RUN("at most four attempts", failing, NULL, -EREMOTEIO);
	CHECK(strstr(why.text, "HTTP 503"));
	end();

	RUN("a role with a path", path, NULL, -EBADMSG);
	end();
}

#define LINES(base)                                                                                \
	{                                                                                          \
		{"PUT " base "api/token", TTL, 0, 200, "AQAE=="},                                  \
		        {"GET " base ROLES, TOKEN, 0, 200, "puller"},                              \
		        {"GET " base ROLES "puller", TOKEN, 0, 200, KEYS},                         \
	}

static void test_endpoints(void)
{
	static const struct script_line six[] = LINES(V6),
	                                other[] = LINES("http://[::1]:81/latest/"),
	                                mine[] = LINES("http://imds.example/sub/latest/");
	static const struct script_line none[] = {{NULL}};
	static const char profile[] = "[default]\nec2_metadata_service_endpoint_mode = ipv6\n";
	static const char *const bad[][2] = {
	        {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"},
	        {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://TOP@x/"},
	        {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"},
	        {"AWS_METADATA_SERVICE_TIMEOUT", "0"},
	        {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "many"}};

	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6", 1);
	RUN("IPv6 by the environment", six, NULL, 1);
	end();

	RUN("IPv6 by the profile", six, profile, 1);
	end();

	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4", 1);
	RUN("IPv4 by the environment has precedence", good, profile, 1);
	end();

	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[::1]:81/", 1);
	RUN("an endpoint has precedence over the mode", other, profile, 1);
	end();

	set_ini("ec2_metadata_service_endpoint", "http://imds.example/sub//");
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[::1]:81/", 1);
	RUN("the ini's has precedence over the environment's", mine, NULL, 1);
	end();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv(bad[i][0], bad[i][1], 1);
		tap_begin("%s=%s", bad[i][0], bad[i][1]);
		script_begin(none);
		CHECK_INT(resolve(NULL, NULL), -EINVAL);
		CHECK_INT((long long)script_position, 0);
		CHECK(strstr(why.text, bad[i][0]));
		end();
	}
}

static void test_region(void)
{
	static const struct script_line lines[] = {{PUT, TTL, 0, 200, "AQAE=="},
	        {"GET " V4 "meta-data/placement/region", TOKEN, 0, 200, "eu-central-1"}};
	static const struct script_line bad[] = {{PUT, TTL, 0, 200, "AQAE=="},
	        {"GET " V4 "meta-data/placement/region", TOKEN, 0, 200, "<html>"}};
	char region[REGION_MAX_SIZE] = "";

	tap_begin("region");
	script_begin(lines);
	CHECK_INT(resolve(NULL, region), 1);
	CHECK_STRING(region, "eu-central-1");
	script_end();
	end();

	tap_begin("no region");
	script_begin(bad);
	CHECK_INT(resolve(NULL, region), -EBADMSG);
	CHECK_STRING(region, "eu-central-1");
	script_end();
	end();
}

int main(void)
{
	clean_up();
	test_good();
	test_v1();
	test_absent();
	test_broken();
	test_endpoints();
	test_region();
	return tap_finish();
}

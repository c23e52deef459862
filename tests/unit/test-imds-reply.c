/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/imds-reply.h"

#include <errno.h>

#include "tap.h"

#define EXPIRES INT64_C(1632197813) /* 2021-09-21T04:16:53Z */
#define MEMBERS                                                                                    \
	"\"AccessKeyId\":\"ASIAX\",\"SecretAccessKey\":\"TOPSECRET\",\"Token\":\"TOPTOKEN\","      \
	"\"Expiration\":\"2021-09-21T04:16:53Z\""

static void test_roles(void)
{
	static const struct {
		const char *name, *body, *role; /* NULL: none */
	} cases[] = {
	        {"a role", "imds-assume-role-test", "imds-assume-role-test"},
	        {"a role and a newline", "puller\n", "puller"},
	        {"CR and LF", "puller\r\n", "puller"},
	        {"the first of two lines", "first\nsecond", "first"},
	        {"every character that IAM allows", "Az09_+=,.@-", "Az09_+=,.@-"},
	        {"nothing", "", NULL},
	        {"a blank line", " \r\n", NULL},
	        {"an HTML page", "<!DOCTYPE html><html>", NULL},
	        {"another path", "../../user-data", NULL},
	        {"the parent folder", "..", NULL},
	        {"a query", "role?x", NULL},
	        {"a blank in it", "a b", NULL},
	        {"not ASCII", "r\xc3\xb6le", NULL},
	};
	char body[200], role[IMDS_ROLE_MAX_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reason why = {};
		int r;

		strcpy(role, "untouched");
		r = imds_read_role(cases[i].body, strlen(cases[i].body), role, &why);
		tap_begin("role: %s", cases[i].name);
		CHECK_INT(r, cases[i].role ? 0 : -EBADMSG);
		CHECK_STRING(role, cases[i].role ? cases[i].role : "untouched");
		tap_end();
	}

	tap_begin("role: the longest that fits, and a longer one");
	memset(body, 'r', sizeof(body));
	CHECK_INT(imds_read_role(body, IMDS_ROLE_MAX_SIZE - 1, role, NULL), 0);
	CHECK_INT((long long)strlen(role), IMDS_ROLE_MAX_SIZE - 1);
	CHECK_INT(imds_read_role(body, IMDS_ROLE_MAX_SIZE, role, NULL), -EBADMSG);
	CHECK_INT(imds_read_role("r\0x", 3, role, NULL), -EBADMSG);
	tap_end();
}

static void test_credentials(void)
{
	static const char *const good[] = {"{\"Code\":\"Success\"," MEMBERS "}", "{" MEMBERS "}\n",
	        "{\"Code\":\"Success\",\"LastUpdated\":\"x\",\"Type\":\"AWS-HMAC\"," MEMBERS "}"};
	static const char *const bad[] = {"", "null", "[]", "\"x\"", "{}", "{" MEMBERS,
	        "<html></html>", "{" MEMBERS "}x",
	        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Token\":\"c\"}",
	        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\","
	        "\"Expiration\":\"2021-09-21T04:16:53Z\"}",
	        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Token\":\"\","
	        "\"Expiration\":\"2021-09-21T04:16:53Z\"}",
	        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Token\":\"c\","
	        "\"Expiration\":\"soon\"}",
	        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Token\":\"c\\r\\nX: y\","
	        "\"Expiration\":\"2021-09-21T04:16:53Z\"}",
	        "{\"AccessKeyId\":\"a\\n\",\"SecretAccessKey\":\"b\",\"Token\":\"c\","
	        "\"Expiration\":\"2021-09-21T04:16:53Z\"}",
	        "{\"AccessKeyId\":7,\"SecretAccessKey\":\"b\",\"Token\":\"c\","
	        "\"Expiration\":\"2021-09-21T04:16:53Z\"}"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct credentials c = {};

		tap_begin("credentials %zu", i + 1);
		CHECK_INT(imds_read_credentials(good[i], strlen(good[i]), "puller", &c, NULL), 0);
		CHECK_STRING(c.access_key_id, "ASIAX");
		CHECK_STRING(secret_string(&c.secret_access_key), "TOPSECRET");
		CHECK_STRING(secret_string(&c.session_token), "TOPTOKEN");
		CHECK_INT(c.expires_at, EXPIRES);
		credentials_done(&c);
		tap_end();
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct credentials c = {};
		struct reason why = {};

		tap_begin("no credentials: %s", bad[i]);
		CHECK_INT(imds_read_credentials(bad[i], strlen(bad[i]), "puller", &c, &why),
		        -EBADMSG);
		CHECK(!c.access_key_id && strstr(why.text, "puller"));
		CHECK(!strstr(why.text, "TOP"));
		tap_end();
	}
}

static void test_errors(void)
{
	static const char body[] =
	        "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"EC2 cannot assume the "
	        "role puller.\\nSee\",\"LastUpdated\":\"2021-09-21T04:16:53Z\"}";
	struct credentials c = {};
	struct reason why = {};

	tap_begin("an error of IMDS with status 200");
	CHECK_INT(imds_read_credentials(body, sizeof(body) - 1, "puller", &c, &why), -EREMOTEIO);
	CHECK_STRING(why.code, "AssumeRoleUnauthorizedAccess");
	CHECK(strstr(why.text, "EC2 cannot assume the role puller.?See"));
	CHECK(strstr(why.text, "trust policy"));
	tap_end();

	tap_begin("a failure with old credentials is a failure");
	CHECK_INT(imds_read_credentials("{\"Code\":\"Failed\"," MEMBERS "}",
	                  strlen("{\"Code\":\"Failed\"," MEMBERS "}"), "puller", &c, &why),
	        -EREMOTEIO);
	CHECK_STRING(why.code, "Failed");
	CHECK(!strstr(why.text, "TOP"));
	tap_end();
}

static void test_regions(void)
{
	char region[REGION_MAX_SIZE] = "";

	tap_begin("region");
	CHECK_INT(imds_read_region("eu-central-1", 12, region, NULL), 0);
	CHECK_STRING(region, "eu-central-1");
	CHECK_INT(imds_read_region("us-gov-east-1\n", 14, region, NULL), 0);
	CHECK_STRING(region, "us-gov-east-1");
	CHECK_INT(imds_read_region("", 0, region, NULL), -EBADMSG);
	CHECK_INT(imds_read_region("evil.example/x", 14, region, NULL), -EBADMSG);
	CHECK_STRING(region, "us-gov-east-1");
	tap_end();
}

/* As in botocore: a window of 10 minutes and a jitter of 2 to 10. */
static void test_extension(void)
{
	const int64_t now = 1000000;

	tap_begin("credentials with time left are unchanged");
	CHECK_INT(imds_extend(now + 721, now, 0), now + 721);
	CHECK_INT(imds_extend(now + 1201, now, 1), now + 1201);
	CHECK_INT(imds_extend(now + 6 * 3600, now, 1), now + 6 * 3600);
	tap_end();

	tap_begin("those that expire soon or have expired are extended");
	CHECK_INT(imds_extend(now + 720, now, 0), now + 720);
	CHECK_INT(imds_extend(now + 300, now, 0), now + 720);
	CHECK_INT(imds_extend(now - 86400, now, 0), now + 720);
	CHECK_INT(imds_extend(now - 86400, now, 1), now + 1200);
	CHECK_INT(imds_extend(now + 1200, now, 1), now + 1200);
	tap_end();
}

int main(void)
{
	test_roles();
	test_credentials();
	test_errors();
	test_regions();
	test_extension();
	return tap_finish();
}

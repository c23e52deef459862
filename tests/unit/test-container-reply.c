/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/providers/container-reply.h"

#include <errno.h>

#include "tap.h"

#define KEYS "\"AccessKeyId\":\"ASIAX\",\"SecretAccessKey\":\"TOPSECRET\""

static void test_good(void)
{
	static const char ecs[] = "{\"RoleArn\":\"arn:aws:iam::123456789:role/r\"," KEYS
	                          ",\"Token\":\"TOPTOKEN\",\"AccountId\":\"012345678901\","
	                          "\"Expiration\" : \"2009-02-13T23:31:30Z\"}";
	struct credentials c = {};

	tap_begin("ECS's reply");
	CHECK_INT(container_read_credentials(ecs, sizeof(ecs) - 1, "host", &c, NULL), 0);
	CHECK_STRING(c.access_key_id, "ASIAX");
	CHECK_STRING(secret_string(&c.secret_access_key), "TOPSECRET");
	CHECK_STRING(secret_string(&c.session_token), "TOPTOKEN");
	CHECK_STRING(c.account_id, "012345678901");
	CHECK_INT(c.expires_at, 1234567890);
	credentials_done(&c);
	tap_end();

	tap_begin("keys without expiry");
	CHECK_INT(container_read_credentials("{" KEYS "}", strlen("{" KEYS "}"), "host", &c, NULL),
	        0);
	CHECK_STRING(secret_string(&c.session_token), "");
	CHECK_INT(c.expires_at, 0);
	CHECK(!c.account_id);
	credentials_done(&c);
	tap_end();
}

static void test_bad(void)
{
	static const char *const bodies[] = {"", "{}", "[{" KEYS "}]", "{" KEYS,
	        "{\"AccessKeyId\":\"TOPSECRET\"}", "{\"SecretAccessKey\":\"TOPSECRET\"}",
	        "{" KEYS ",\"Token\":\"TOP\\u0000SECRET\"}", "{" KEYS ",\"Token\":\"TOP SECRET\"}",
	        "{" KEYS ",\"Expiration\":1234567890}", "<html>TOPSECRET</html>"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct credentials c = {};
		struct reason why = {};

		tap_begin("no credentials: %s", bodies[i]);
		CHECK_INT(container_read_credentials(
		                  bodies[i], strlen(bodies[i]), "169.254.170.2", &c, &why),
		        -EBADMSG);
		CHECK(!c.access_key_id);
		CHECK(strstr(why.text, "169.254.170.2"));
		CHECK(!strstr(why.text, "SECRET"));
		tap_end();
	}
}

static void test_errors(void)
{
	static const struct {
		const char *body, *code, *part, *fix;
		long status;
	} cases[] = {
	        {"{\"code\":\"InvalidIdInRequest\",\"message\":\"CredentialsV2Request: Credentials "
	         "not found\",\"HTTPErrorCode\":400}",
	                "InvalidIdInRequest", "Credentials not found", "role", 400},
	        {"{\"Code\":\"AccessDenied\",\"Message\":\"no\"}", "AccessDenied", "no",
	                "AWS_CONTAINER_AUTHORIZATION_TOKEN", 403},
	        {"", "HTTP 401", "HTTP 401", "AWS_CONTAINER_AUTHORIZATION_TOKEN", 401},
	        {"<html>", "HTTP 503", "HTTP 503", "next run", 503},
	        {"{\"code\":7}", "HTTP 500", "HTTP 500", "next run", 500},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reason why = {};
		int r = container_fail(cases[i].body, strlen(cases[i].body), cases[i].status,
		        "169.254.170.23", &why);

		tap_begin("error: %s", cases[i].code);
		CHECK_INT(r, -EREMOTEIO);
		CHECK_STRING(why.code, cases[i].code);
		CHECK(strstr(why.text, cases[i].part));
		CHECK(strstr(why.text, cases[i].fix));
		CHECK(strstr(why.text, "169.254.170.23"));
		tap_end();
	}
}

int main(void)
{
	test_good();
	test_bad();
	test_errors();
	return tap_finish();
}

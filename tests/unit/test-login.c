/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/json.h"
#include "conformance.h"
#include "fetch/providers/login-cache.h"
#include "fetch/providers/provider-login.h"
#include "session-fixture.h"

#define CACHE ".aws/login/cache/"

/* The claims of the DPoP header of a request. */
static struct json_object *claims_of(const char *headers)
{
	const char *proof = strstr(headers, "DPoP: "), *claims = proof ? strchr(proof, '.') : NULL;
	const char *end = claims ? strchr(claims + 1, '.') : NULL;
	_secret_ struct secret text = {}, json = {};

	if (!CHECK(end))
		return NULL;
	for (const char *c = claims + 1; c < end; c++)
		secret_append(&text, *c == '-' ? "+" : *c == '_' ? "/" : c, 1);
	while (text.size % 4 != 0)
		secret_append_string(&text, "=");
	CHECK_INT(base64_decode(text.data, text.size, &json), 0);
	return json_parse(json.data, json.size);
}

static void check_request(size_t i, struct json_object *expected)
{
	_json_ struct json_object *body = json_parse(requests[i].body, strlen(requests[i].body));
	_json_ struct json_object *claims = claims_of(requests[i].headers);

	CHECK_STRING(requests[i].method, "POST");
	CHECK_STRING(requests[i].url, "https://us-east-1.signin.aws.amazon.com/v1/token");
	CHECK(strstr(requests[i].headers, "Content-Type: application/json\n"));
	CHECK(!strstr(requests[i].headers, "Authorization"));
	CHECK_STRING(json_member_string(claims, "htu"), requests[i].url);
	CHECK_STRING(json_member_string(claims, "htm"), "POST");
	tap_check(
	        json_object_equal(body, expected), __FILE__, __LINE__, "sent %s", requests[i].body);
}

static void check_credentials(const struct credentials *c, struct json_object *expected)
{
	int64_t expires_at = 0;

	CHECK_STRING(c->access_key_id, member_string(expected, "accessKeyId"));
	CHECK_STRING(
	        secret_string(&c->secret_access_key), member_string(expected, "secretAccessKey"));
	CHECK_STRING(secret_string(&c->session_token), member_string(expected, "sessionToken"));
	if (member(expected, "accountId"))
		CHECK_STRING(c->account_id, member_string(expected, "accountId"));
	CHECK_INT(timestamp_parse(member_string(expected, "expiresAt"), &expires_at), 0);
	CHECK_INT(c->expires_at, expires_at);
}

static void check_cache(struct json_object *outcome)
{
	json_object_object_foreach(outcome, name, expected)
	{
		_cleanup_(freep) char *path = xasprintf(CACHE "%s", name);
		_secret_ struct secret text = {};
		_json_ struct json_object *found = NULL;

		if (!json_object_is_type(expected, json_type_object))
			continue; /* "result" */
		get_file(path, &text);
		found = json_parse(text.data, text.size);
		tap_check(json_object_equal(found, expected), __FILE__, __LINE__, "%s",
		        secret_string(&text));
		CHECK_INT(file_mode(path), 0600);
	}
}

static void check_outcome(struct json_object *outcome, int r, const struct credentials *c)
{
	const char *result = member_string(outcome, "result");

	if (strcmp(result, "credentials") == 0) {
		if (CHECK_INT(r, 1))
			check_credentials(c, outcome);
	} else if (strcmp(result, "cacheContents") == 0) {
		check_cache(outcome);
	} else {
		CHECK_STRING(result, "error");
		CHECK(r < 0);
	}
}

static void put_caches(struct json_object *contents)
{
	json_object_object_foreach(contents, name, cache)
	{
		_cleanup_(freep) char *path = xasprintf(CACHE "%s", name);

		put_file(path, json_object_to_json_string(cache));
	}
}

/* A mock's reply is the output or an error code; anything else is a server failure. */
static void expect_call(struct json_object *call)
{
	struct json_object *response = member(call, "response");
	struct json_object *output = member(response, "tokenOutput");

	if (output)
		add_reply(200, NULL, json_object_to_json_string(output));
	else
		add_reply(400, "ValidationException", "{}");
}

static void conformance_case(struct json_object *c)
{
	struct json_object *calls = member(c, "mockApiCalls"), *outcomes = member(c, "outcomes");
	size_t n_calls = calls ? json_object_array_length(calls) : 0;
	_cleanup_(credentials_done) struct credentials credentials = {};
	struct reason reason = {};
	int r;

	tap_begin("%s", member_string(c, "documentation"));
	session_reset();
	setenv("AWS_REGION", "us-east-1", 1);
	put_caches(member(c, "cacheContents"));
	for (size_t i = 0; i < n_calls; i++)
		expect_call(json_object_array_get_idx(calls, i));
	r = call_provider(provider_login, member_string(c, "configContents"), "signin",
	        &credentials, &reason);
	CHECK_INT((long long)n_requests, (long long)n_calls);
	for (size_t i = 0; i < n_requests; i++)
		check_request(i, member(member(json_object_array_get_idx(calls, i), "request"),
		                         "tokenInput"));
	CHECK(json_object_array_length(outcomes) > 0);
	for (size_t i = 0; i < json_object_array_length(outcomes); i++)
		check_outcome(json_object_array_get_idx(outcomes, i), r, &credentials);
	unsetenv("AWS_REGION");
	tap_end();
}

/* Our own cases */

#define NAME CACHE "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.json"
#define CONFIG "[profile dev]\nlogin_session = foo\nregion = eu-west-1\n"
#define KEY                                                                                        \
	"-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIPt/u8InPLpQeQLJTvVX+sNDzni8vMDMt3Liu+"          \
	"nMBigfoAoGCCqGSM49\\nAwEHoUQDQgAEILkGG7rNOnxiIJlMgimY1UPP8eDMFP0DAY6WGjngP4bvTAiUCQ/"     \
	"I\\nffut2379uP+OBCm2ovGpBOJRgrl1RspUOQ==\\n-----END EC PRIVATE KEY-----\\n"
#define SESSION_UNTIL(time, key)                                                                   \
	"{\"mine\": [1], \"accessToken\": {\"accessKeyId\": \"AKIDOLD\", \"secretAccessKey\": "    \
	"\"oldSecret\", \"sessionToken\": \"oldToken\", \"accountId\": \"1\", \"expiresAt\": "     \
	"\"" time "\"}, \"clientId\": \"c\", \"refreshToken\": \"oldRefresh\", \"dpopKey\": "      \
	"\"" key "\"}"
#define EXPIRED SESSION_UNTIL("2025-11-18T23:59:00Z", KEY)
#define NEAR SESSION_UNTIL("2025-11-19T00:04:00Z", KEY)
#define RENEWED                                                                                    \
	"{\"accessToken\": {\"accessKeyId\": \"AKIDNEW\", \"secretAccessKey\": \"newSecret\", "    \
	"\"sessionToken\": \"newToken\"}, \"tokenType\": \"aws_sigv4\", \"expiresIn\": 900, "      \
	"\"refreshToken\": \"newRefresh\"}"

/* One run with this cache; earlier state stays. */
static int run(const char *cache, struct credentials *ret, struct reason *ret_reason)
{
	put_file(NAME, cache);
	return call_provider(provider_login, CONFIG, "dev", ret, ret_reason);
}

static void check_no_secrets(const struct reason *reason)
{
	static const char *const secrets[] = {"oldSecret", "oldToken", "oldRefresh", "newSecret",
	        "newToken", "newRefresh", "BEGIN", "MHcCAQ"};

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		CHECK(!strstr(reason->text, secrets[i]));
}

static void test_renewal(void)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	tap_begin("a renewal keeps unknown members, in the profile's region");
	session_reset();
	add_reply(200, NULL, RENEWED);
	CHECK_INT(run(EXPIRED, &c, &reason), 1);
	CHECK_STRING(requests[0].url, "https://eu-west-1.signin.aws.amazon.com/v1/token");
	CHECK_STRING(c.access_key_id, "AKIDNEW");
	CHECK_INT(c.expires_at, NOW + 900);
	get_file(NAME, &text);
	CHECK(strstr(text.data, "\"mine\": [1]") && strstr(text.data, "newRefresh"));
	CHECK(!strstr(text.data, "oldRefresh"));
	CHECK_INT(file_mode(NAME), 0600);
	tap_end();
}

#define OTHER SESSION_UNTIL("2025-11-19T00:15:00Z", KEY)

static void log_in(void)
{
	put_file(NAME, OTHER);
}

/* Makes the disk full. */
static void forbid_saving(void)
{
	is_disk_full = true;
}

static void test_meanwhile(void)
{
	_cleanup_(credentials_done) struct credentials c = {}, d = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	tap_begin("a login during the renewal is kept and used");
	session_reset();
	meanwhile = log_in;
	add_reply(200, NULL, RENEWED);
	CHECK_INT(run(EXPIRED, &c, &reason), 1);
	CHECK_STRING(c.access_key_id, "AKIDOLD");
	CHECK_INT(c.expires_at, NOW + 900);
	CHECK_STRING(get_file(NAME, &text), OTHER);
	tap_end();

	tap_begin("renewed credentials that cannot be saved are used with a warning");
	session_reset();
	meanwhile = forbid_saving;
	add_reply(200, NULL, RENEWED);
	CHECK_INT(run(EXPIRED, &d, &reason), 1);
	CHECK_STRING(d.access_key_id, "AKIDNEW");
	CHECK_STRING(get_file(NAME, &text), EXPIRED);
	CHECK(strstr(d.warning.text, "cannot be saved") && strstr(d.warning.text, NAME));
	check_no_secrets(&d.warning);
	tap_end();
}

/* Fails only in a build with a leak checker. */
static void test_account(void)
{
	_cleanup_(credentials_done) struct credentials c = {};
	struct reason reason = {};

	tap_begin("an account in the reply does not replace the session's");
	session_reset();
	add_reply(200, NULL,
	        "{\"accessToken\": {\"accessKeyId\": \"AKIDNEW\", \"secretAccessKey\": "
	        "\"newSecret\", \"sessionToken\": \"newToken\", \"accountId\": \"2\"}, "
	        "\"expiresIn\": 900, \"refreshToken\": \"newRefresh\"}");
	CHECK_INT(run(EXPIRED, &c, &reason), 1);
	CHECK_STRING(c.access_key_id, "AKIDNEW");
	CHECK_STRING(c.account_id, "1");
	tap_end();
}

static void test_endpoint(void)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_json_ struct json_object *claims = NULL;
	struct reason reason = {};

	tap_begin("the proof has the URL of the request, also a configured one");
	session_reset();
	add_reply(200, NULL, RENEWED);
	setenv("AWS_ENDPOINT_URL_SIGNIN", "http://localhost:8080/base/", 1);
	CHECK_INT(run(EXPIRED, &c, &reason), 1);
	unsetenv("AWS_ENDPOINT_URL_SIGNIN");
	CHECK_STRING(requests[0].url, "http://localhost:8080/base/v1/token");
	claims = claims_of(requests[0].headers);
	CHECK_STRING(json_member_string(claims, "htu"), requests[0].url);
	tap_end();
}

static void test_directory(void)
{
	_cleanup_(credentials_done) struct credentials c = {};
	struct reason reason = {};

	tap_begin("the cache is in AWS_LOGIN_CACHE_DIRECTORY, which may begin with ~/");
	session_reset();
	setenv("AWS_LOGIN_CACHE_DIRECTORY", "~/elsewhere", 1);
	put_file("elsewhere/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae.json",
	        SESSION_UNTIL("2025-11-19T01:00:00Z", KEY));
	CHECK_INT(call_provider(provider_login, CONFIG, "dev", &c, &reason), 1);
	CHECK_STRING(c.access_key_id, "AKIDOLD");
	unsetenv("AWS_LOGIN_CACHE_DIRECTORY");
	tap_end();
}

static void test_still_good(void)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	tap_begin("credentials that are still valid are used if the renewal fails");
	session_reset();
	add_reply(0, NULL, "");
	CHECK_INT(run(NEAR, &c, &reason), 1);
	CHECK_STRING(c.access_key_id, "AKIDOLD");
	CHECK_INT((long long)n_requests, 1);
	CHECK_STRING(get_file(NAME, &text), NEAR);
	tap_end();
}

/* Each message ends with the command that fixes it, or with the network's error. */
static void check_failure(const char *name, const char *cache, const char *cause, const char *fix)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	tap_begin("%s", name);
	CHECK(run(cache, &c, &reason) < 0);
	CHECK(!c.access_key_id);
	tap_check(strstr(reason.text, cause), __FILE__, __LINE__, "%s", reason.text);
	tap_check(strstr(reason.text, fix), __FILE__, __LINE__, "%s", reason.text);
	check_no_secrets(&reason);
	CHECK_STRING(get_file(NAME, &text), cache);
	tap_end();
}

static void test_failures(void)
{
	static const char fix[] = "run \"aws login --profile dev\" as the user ";

	session_reset();
	add_reply(401, "AccessDeniedException", "{\"error\":\"TOKEN_EXPIRED\",\"message\":\"no\"}");
	check_failure("a session that has ended", EXPIRED, "ended", fix);
	session_reset();
	add_reply(403, "AccessDeniedException", "{\"error\":\"INSUFFICIENT_PERMISSIONS\"}");
	check_failure(
	        "a session without permission to renew", EXPIRED, "signin:CreateOAuth2Token", fix);
	session_reset();
	add_reply(0, NULL, "");
	check_failure("no network", EXPIRED, "could not be renewed", "not trusted");
	session_reset();
	add_reply(200, NULL, "<html>newToken</html>");
	check_failure("a proxy's page", EXPIRED, "not JSON", "proxy");
	session_reset();
	add_reply(200, NULL, "{\"accessToken\": {}, \"expiresIn\": 900, \"refreshToken\": \"x\"}");
	check_failure("a reply without keys", EXPIRED, "accessToken.accessKeyId", "proxy");
	session_reset();
	check_failure("a cache that is not JSON", "{\"accessToken\": \"oldToken", "not JSON", fix);
	check_failure(
	        "an invalid key", SESSION_UNTIL("2025-11-18T23:59:00Z", "MHcCAQ"), "dpopKey", fix);
	check_failure("no expiry", SESSION_UNTIL("soon", KEY), "accessToken.expiresAt", fix);
}

static void test_nobody(void)
{
	_cleanup_(credentials_done) struct credentials c = {};
	struct reason reason = {};

	tap_begin("no session exists");
	session_reset();
	CHECK(call_provider(provider_login, CONFIG, "dev", &c, &reason) < 0);
	CHECK(strstr(reason.text, "no session of foo"));
	CHECK(strstr(reason.text, "aws login --profile dev"));
	tap_end();

	tap_begin("a profile without login_session is skipped");
	CHECK_INT(call_provider(
	                  provider_login, "[profile dev]\nlogin_session =\n", "dev", &c, &reason),
	        0);
	CHECK(strstr(reason.text, "login_session"));
	tap_end();
}

static void test_region(void)
{
	_cleanup_(credentials_done) struct credentials c = {};
	struct reason reason = {};

	tap_begin("a renewal without a region fails");
	session_reset();
	put_file(NAME, EXPIRED);
	CHECK(call_provider(provider_login, "[profile dev]\nlogin_session = foo\n", "dev", &c,
	              &reason) < 0);
	CHECK(strstr(reason.text, "AWS_REGION"));
	tap_end();
}

int main(void)
{
	if (!session_setup())
		return 1;
	conformance_run("profiles/login.json", NULL, conformance_case);
	test_renewal();
	test_meanwhile();
	test_account();
	test_endpoint();
	test_directory();
	test_still_good();
	test_failures();
	test_nobody();
	test_region();
	session_finish();
	return tap_finish();
}

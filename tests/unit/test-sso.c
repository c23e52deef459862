/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "fetch/providers/provider-sso.h"
#include "session-fixture.h"

/* SHA-1 of "dev" and of the start URL. */
#define SESSION_CACHE ".aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json"
#define LEGACY_CACHE ".aws/sso/cache/dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json"
#define START_URL "sso_start_url = https://ssotest.awsapps.com/start\n"
#define ROLE "sso_account_id = 123456789012\nsso_role_name = Pull images/+\n"

#define CONFIG                                                                                     \
	"[profile x]\nsso_session = dev\n" ROLE                                                    \
	"[sso-session dev]\nsso_region = eu-west-1\n" START_URL "sso_registration_scopes = a\n"
#define LEGACY "[profile x]\nsso_region = us-east-2\n" START_URL ROLE

#define SESSION_UNTIL(time, registration)                                                          \
	"{\"startUrl\": \"u\", \"mine\": 1.50, \"accessToken\": \"oldToken\", \"expiresAt\": \""   \
	"" time "\", \"clientId\": \"id\", \"clientSecret\": \"clientSecret\", "                   \
	"\"registrationExpiresAt\": \"" registration "\", \"refreshToken\": \"oldRefresh\"}"
#define LONG "2025-11-19T08:00:00Z"
#define NEAR "2025-11-19T00:04:59Z"
#define PAST "2025-11-18T23:59:59Z"

#define RENEWED                                                                                    \
	"{\"accessToken\": \"newToken\", \"expiresIn\": 3600, \"refreshToken\": \"newRefresh\", "  \
	"\"tokenType\": \"Bearer\"}"
#define CREDENTIALS                                                                                \
	"{\"roleCredentials\": {\"accessKeyId\": \"ASIASSO\", \"secretAccessKey\": "               \
	"\"ssoSecret\", "                                                                          \
	"\"sessionToken\": \"ssoToken\", \"expiration\": 1763532000000}}"

#define PORTAL                                                                                     \
	".amazonaws.com/federation/credentials?"                                                   \
	"role_name=Pull%20images%2F%2B&account_id=123456789012"

static void check_no_secrets(const struct reason *reason)
{
	static const char *const secrets[] = {"oldToken", "oldRefresh", "clientSecret", "newToken",
	        "newRefresh", "ssoSecret", "ssoToken"};

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		CHECK(!strstr(reason->text, secrets[i]));
}

static void check_reason(const struct reason *reason, const char *text)
{
	tap_check(strstr(reason->text, text), __FILE__, __LINE__, "not in \"%s\": %s", reason->text,
	        text);
	check_no_secrets(reason);
}

static void check_credentials(const struct credentials *c)
{
	CHECK_STRING(c->access_key_id, "ASIASSO");
	CHECK_STRING(secret_string(&c->secret_access_key), "ssoSecret");
	CHECK_STRING(secret_string(&c->session_token), "ssoToken");
	CHECK_INT(c->expires_at, 1763532000);
	CHECK_STRING(c->account_id, "123456789012");
}

/* GetRoleCredentials as in wire-requests.txt. */
static void check_portal(size_t i, const char *region, const char *token)
{
	_cleanup_(freep) char *url = xasprintf("https://portal.sso.%s%s", region, PORTAL);
	_cleanup_(freep) char *header = xasprintf("x-amz-sso_bearer_token: %s\n", token);

	CHECK_STRING(requests[i].method, "GET");
	CHECK_STRING(requests[i].url, url);
	CHECK(strstr(requests[i].headers, header));
	CHECK(!strstr(requests[i].headers, "Authorization"));
	CHECK_STRING(requests[i].body, "");
}

static void test_forms(void)
{
	_cleanup_(credentials_done) struct credentials c = {}, d = {};
	struct reason reason = {};

	tap_begin("a valid session");
	session_reset();
	put_file(SESSION_CACHE, SESSION_UNTIL(LONG, LONG));
	add_reply(200, NULL, CREDENTIALS);
	CHECK_INT(call_provider(provider_sso, CONFIG, "x", &c, &reason), 1);
	check_credentials(&c);
	check_portal(0, "eu-west-1", "oldToken");
	tap_end();

	tap_begin("the legacy form");
	session_reset();
	put_file(LEGACY_CACHE, "{\"accessToken\": \"aToken\", \"expiresAt\": "
	                       "\"2025-11-19T08:00:00UTC\"}");
	add_reply(200, NULL, CREDENTIALS);
	CHECK_INT(call_provider(provider_sso, LEGACY, "x", &d, &reason), 1);
	check_credentials(&d);
	check_portal(0, "us-east-2", "aToken");
	tap_end();
}

static void check_create_token(size_t i)
{
	static const char expected[] = "{\"clientId\":\"id\",\"clientSecret\":\"clientSecret\","
	                               "\"grantType\":\"refresh_token\",\"refreshToken\":"
	                               "\"oldRefresh\"}";

	CHECK_STRING(requests[i].method, "POST");
	CHECK_STRING(requests[i].url, "https://oidc.eu-west-1.amazonaws.com/token");
	CHECK_STRING(requests[i].body, expected);
	CHECK(strstr(requests[i].headers, "Content-Type: application/json\n"));
	CHECK(!strstr(requests[i].headers, "Authorization"));
}

static void check_renewal(const char *name, const char *cache)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	tap_begin("%s", name);
	session_reset();
	put_file(SESSION_CACHE, cache);
	add_reply(200, NULL, RENEWED);
	add_reply(200, NULL, CREDENTIALS);
	CHECK_INT(call_provider(provider_sso, CONFIG, "x", &c, &reason), 1);
	check_credentials(&c);
	check_create_token(0);
	check_portal(1, "eu-west-1", "newToken");
	CHECK_STRING(get_file(SESSION_CACHE, &text),
	        "{\"startUrl\": \"u\", \"mine\": 1.50, \"accessToken\": \"newToken\", "
	        "\"expiresAt\": \"2025-11-19T01:00:00Z\", \"clientId\": \"id\", \"clientSecret\": "
	        "\"clientSecret\", \"registrationExpiresAt\": \"" LONG
	        "\", \"refreshToken\": \"newRefresh\"}");
	CHECK_INT(file_mode(SESSION_CACHE), 0600);
	tap_end();
}

static void test_renewal(void)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	check_renewal("an expired session is renewed and saved", SESSION_UNTIL(PAST, LONG));
	check_renewal(
	        "a session that soon expires is renewed and saved", SESSION_UNTIL(NEAR, LONG));

	tap_begin("a refresh token that stays valid is kept");
	session_reset();
	put_file(SESSION_CACHE, SESSION_UNTIL(PAST, LONG));
	add_reply(200, NULL, "{\"accessToken\": \"newToken\", \"expiresIn\": 3600}");
	add_reply(200, NULL, CREDENTIALS);
	CHECK_INT(call_provider(provider_sso, CONFIG, "x", &c, &reason), 1);
	CHECK(strstr(get_file(SESSION_CACHE, &text), "\"oldRefresh\""));
	tap_end();
}

#define OTHER "{\"accessToken\": \"otherToken\", \"expiresAt\": \"" LONG "\"}"

static void log_in(void)
{
	put_file(SESSION_CACHE, OTHER);
}

static void log_out(void)
{
	_cleanup_(freep) char *path = xasprintf("%s/" SESSION_CACHE, home);

	CHECK_INT(unlink(path), 0);
}

/* Makes the disk full. */
static void forbid_saving(void)
{
	is_disk_full = true;
}

/* A renewal, granted or not, during which this is done. Returns the provider's result. */
static int renew_meanwhile(
        void (*what)(void), bool is_granted, struct credentials *ret, struct reason *ret_reason)
{
	session_reset();
	put_file(SESSION_CACHE, SESSION_UNTIL(PAST, LONG));
	meanwhile = what;
	if (is_granted)
		add_reply(200, NULL, RENEWED);
	else
		add_reply(400, "InvalidGrantException", "{\"error\":\"invalid_grant\"}");
	add_reply(200, NULL, CREDENTIALS);
	return call_provider(provider_sso, CONFIG, "x", ret, ret_reason);
}

static void check_login_meanwhile(const char *name, bool is_granted)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	tap_begin("%s", name);
	CHECK_INT(renew_meanwhile(log_in, is_granted, &c, &reason), 1);
	check_portal(1, "eu-west-1", "otherToken");
	CHECK_STRING(get_file(SESSION_CACHE, &text), OTHER);
	CHECK_STRING(c.warning.text, "");
	tap_end();
}

static void test_meanwhile(void)
{
	_cleanup_(credentials_done) struct credentials c = {}, d = {};
	_cleanup_(freep) char *path = xasprintf("%s/" SESSION_CACHE, home);
	_secret_ struct secret text = {};
	struct reason reason = {};

	check_login_meanwhile("a login during the renewal is kept and used", true);
	check_login_meanwhile("a login during a refused renewal is used", false);

	tap_begin("a logout during the renewal stays");
	CHECK_INT(renew_meanwhile(log_out, true, &c, &reason), 1);
	CHECK(access(path, F_OK) < 0);
	tap_end();

	tap_begin("a renewed session that cannot be saved is used with a warning");
	CHECK_INT(renew_meanwhile(forbid_saving, true, &d, &reason), 1);
	check_credentials(&d);
	check_portal(1, "eu-west-1", "newToken");
	CHECK_STRING(get_file(SESSION_CACHE, &text), SESSION_UNTIL(PAST, LONG));
	check_reason(&d.warning, "cannot be saved");
	check_reason(&d.warning, SESSION_CACHE);
	tap_end();
}

static void check_still_good(const char *name, const char *cache, bool asks)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	tap_begin("%s", name);
	session_reset();
	put_file(SESSION_CACHE, cache);
	if (asks)
		add_reply(400, "InvalidGrantException", "{\"error\":\"invalid_grant\"}");
	add_reply(200, NULL, CREDENTIALS);
	CHECK_INT(call_provider(provider_sso, CONFIG, "x", &c, &reason), 1);
	check_portal(asks, "eu-west-1", "oldToken");
	CHECK_STRING(get_file(SESSION_CACHE, &text), cache);
	tap_end();
}

/* A failure with this configuration and cache; the caller sets the replies. */
static void check_failure(
        const char *name, const char *config, const char *cache, const char *cause, const char *fix)
{
	_cleanup_(credentials_done) struct credentials c = {};
	struct reason reason = {};

	tap_begin("%s", name);
	if (cache)
		put_file(SESSION_CACHE, cache);
	CHECK(call_provider(provider_sso, config, "x", &c, &reason) < 0);
	CHECK(!c.access_key_id);
	CHECK_INT((long long)n_requests, (long long)n_replies);
	check_reason(&reason, cause);
	check_reason(&reason, fix);
	tap_end();
	session_reset();
}

#define LOGIN "run \"aws sso login --profile x\" as the user "

static void test_session_failures(void)
{
	session_reset();
	check_failure("no session exists", CONFIG, NULL, "no session exists", LOGIN);
	check_failure(
	        "the cache is not JSON", CONFIG, "{\"accessToken\": \"oldToken", "not JSON", LOGIN);
	check_failure("no token in the cache", CONFIG, "{\"expiresAt\": \"" LONG "\"}",
	        "accessToken", LOGIN);
	check_failure("a token that is not valid in a header", CONFIG,
	        "{\"accessToken\": \"oldToken\\r\\nHost: x\", \"expiresAt\": \"" LONG "\"}",
	        "accessToken", LOGIN);
	check_failure(
	        "no expiry in the cache", CONFIG, SESSION_UNTIL("soon", LONG), "expiresAt", LOGIN);
	check_failure("expired, and no refresh token", CONFIG,
	        "{\"accessToken\": \"oldToken\", \"expiresAt\": \"" PAST "\"}", "expired", LOGIN);
	check_failure("expired, and so is the client", CONFIG, SESSION_UNTIL(PAST, PAST), "expired",
	        LOGIN);
	add_reply(400, "InvalidGrantException", "{\"error\":\"invalid_grant\"}");
	check_failure("expired, and renewal refused", CONFIG, SESSION_UNTIL(PAST, LONG),
	        "InvalidGrantException", LOGIN);
	add_reply(0, NULL, "");
	check_failure("expired, and no network", CONFIG, SESSION_UNTIL(PAST, LONG), "not trusted",
	        "if that persists; run \"aws sso login");
	add_reply(200, NULL, "<html>newToken</html>");
	check_failure("expired, and a proxy's page", CONFIG, SESSION_UNTIL(PAST, LONG),
	        "to CreateToken", "proxy");
}

/* As in the SDKs: another program's refresh token is not ours to use. */
static void test_legacy_failures(void)
{
	put_file(LEGACY_CACHE, SESSION_UNTIL(PAST, LONG));
	check_failure("the legacy form is not renewed", LEGACY, NULL, "expired", LOGIN);
	put_file(LEGACY_CACHE, SESSION_UNTIL(NEAR, LONG));
	add_reply(401, "UnauthorizedException", "{}");
	check_failure("the legacy form is used until it expires", LEGACY, NULL, "revoked", LOGIN);
}

static void test_portal_failures(void)
{
	add_reply(401, "UnauthorizedException", "{\"message\":\"Session token not found\"}");
	check_failure(
	        "the session was revoked", CONFIG, SESSION_UNTIL(LONG, LONG), "revoked", LOGIN);
	add_reply(401, NULL, "");
	check_failure("the session was refused without a code", CONFIG, SESSION_UNTIL(LONG, LONG),
	        "refused", LOGIN);
	add_reply(403, "ForbiddenException", "{\"message\":\"No access\"}");
	check_failure("the role is not assigned", CONFIG, SESSION_UNTIL(LONG, LONG),
	        "the role Pull images/+ in account 123456789012 is not assigned", "sso_role_name");
	add_reply(200, NULL, "{\"roleCredentials\": {\"accessKeyId\": \"ASIA\"}}");
	check_failure("a reply without a key", CONFIG, SESSION_UNTIL(LONG, LONG),
	        "no accessKeyId, secretAccessKey and sessionToken", "proxy");
	add_reply(200, NULL, "oldToken");
	check_failure(
	        "a reply that is not JSON", CONFIG, SESSION_UNTIL(LONG, LONG), "not JSON", "proxy");
}

static void test_config_failures(void)
{
	check_failure("a missing session section", "[profile x]\nsso_session = gone\n" ROLE, NULL,
	        "[sso-session gone]", "aws configure sso-session");
	check_failure("a profile that contradicts its session",
	        "[profile x]\nsso_session = dev\nsso_region = eu-north-1\n" ROLE
	        "[sso-session dev]\nsso_region = eu-west-1\n" START_URL,
	        NULL, "different values of sso_region", "remove it");
	check_failure("no role",
	        "[profile x]\nsso_account_id = 1\nsso_region = eu-west-1\n" START_URL, NULL,
	        "no sso_role_name", "add it");
	check_failure("no account",
	        "[profile x]\nsso_role_name = r\nsso_region = eu-west-1\n" START_URL, NULL,
	        "no sso_account_id", "add it");
	check_failure("no start URL", "[profile x]\nsso_region = eu-west-1\n" ROLE, NULL,
	        "no sso_start_url", "add it");
	check_failure("no region", "[profile x]\n" START_URL ROLE, NULL, "no sso_region", "add it");
	check_failure("an invalid region",
	        "[profile x]\nsso_region = evil.example.com/\n" START_URL ROLE, NULL,
	        "invalid sso_region", "expected");
}

static void check_not_ours(const char *config, const char *cause)
{
	_cleanup_(credentials_done) struct credentials c = {};
	struct reason reason = {};

	tap_begin("not configured: %s", cause);
	session_reset();
	CHECK_INT(call_provider(provider_sso, config, "x", &c, &reason), 0);
	check_reason(&reason, cause);
	tap_end();
}

int main(void)
{
	if (!session_setup())
		return 1;
	test_forms();
	test_renewal();
	test_meanwhile();
	check_still_good("a session that is still valid is used if it is not renewed",
	        SESSION_UNTIL(NEAR, LONG), true);
	check_still_good("a session that is still valid is used without a client",
	        SESSION_UNTIL(NEAR, PAST), false);
	test_session_failures();
	test_legacy_failures();
	test_portal_failures();
	test_config_failures();
	check_not_ours("[profile x]\nregion = eu-west-1\n", "no sso_account_id");
	check_not_ours(
	        "[profile x]\nsso_session = dev\n[sso-session dev]\nsso_region = eu-west-1\n",
	        "a token but no credentials");
	session_finish();
	return tap_finish();
}

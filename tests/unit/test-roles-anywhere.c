/* SPDX-License-Identifier: Apache-2.0 */
/* The provider and the reply, with a service that accepts everything. Signatures: test-x509. */
#include <errno.h>
#include <strings.h>

#include "tap.h"

#include "aws/profile-parse.h"
#include "aws/profile-set.h"
#include "fetch/identity/identity.h"
#include "fetch/providers/provider-roles-anywhere.h"
#include "fetch/providers/roles-anywhere-reply.h"
#include "http/http.h"
#include "x509-fixture.h"

#define ANCHOR "arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/a1b2"
#define PROFILE "arn:aws:rolesanywhere:eu-west-1:123456789012:profile/c3d4"
#define ROLE "arn:aws:iam::123456789012:role/pull"
#define CREDENTIALS(id, key, token, end)                                                           \
	"{\"credentialSet\":[{\"credentials\":{\"accessKeyId\":" id ",\"secretAccessKey\":" key    \
	",\"sessionToken\":" token ",\"expiration\":" end "}}],\"subjectArn\":\"x\"}"
#define REPLY                                                                                      \
	CREDENTIALS("\"ASIAEXAMPLE\"", "\"key\\u002f\"", "\"token==\"", "\"2099-11-22T12:00:00Z\"")

/* http_call()'s last request, and its reply. */
static struct {
	unsigned calls;
	char method[16], url[2048], body[512], authorization[2048], target[64];
	bool has_chain;
	long status;
	const char *body_of_reply;
} wire;

int http_setup(void)
{
	return 0;
}

int http_call(const struct http_request *request, struct http_reply *ret, struct reason *ret_reason)
{
	wire.calls++;
	snprintf(wire.method, sizeof(wire.method), "%s", request->method);
	snprintf(wire.url, sizeof(wire.url), "%s", request->url);
	snprintf(wire.body, sizeof(wire.body), "%.*s", (int)request->body_size,
	        (const char *)request->body);
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct http_header *h = &request->headers[i];

		if (strcasecmp(h->name, "Authorization") == 0)
			snprintf(wire.authorization, sizeof(wire.authorization), "%s", h->value);
		if (strcasecmp(h->name, "X-Amz-X509-Chain") == 0)
			wire.has_chain = true;
	}
	ret->status = wire.status;
	secret_set_string(&ret->body, wire.body_of_reply);
	return 0;
}

void http_reply_done(struct http_reply *r)
{
	secret_done(&r->body);
	*r = (struct http_reply){};
}

struct result {
	int r;
	struct credentials credentials;
	struct reason reason;
};

static void answer_done(struct result *a)
{
	credentials_done(&a->credentials);
}

/* Calls the provider for [profile test] with these lines; @ is the fixture's folder. */
static struct result call_provider(const char *lines)
{
	_cleanup_(freep) char *text = NULL, *expanded = strdup("");
	_cleanup_(profile_set_done) struct profile_set set = {};
	struct config_identity config = {.name = (char *)""};
	struct identity identity = {
	        .config = &config, .profile_name = "test", .deadline = monotonic_now() + 60000000};
	struct result a = {};

	for (const char *at = lines; *at;) {
		const char *end = strchrnul(at, '@');
		char *longer = xasprintf(
		        "%s%.*s%s", expanded, (int)(end - at), at, *end ? fixture_dir : "");

		free(expanded);
		expanded = longer;
		at = *end ? end + 1 : end;
	}
	text = xasprintf("[profile test]\n%s", expanded);
	if (profile_parse(text, strlen(text), "config", false, &set, &a.reason) < 0)
		abort();
	wire.calls = 0;
	a.r = provider_roles_anywhere(&identity, &set.profiles[0], &a.credentials, &a.reason);
	return a;
}

#define FILES "certificate = @/own.pem\nprivate_key = @/key.pem\n"
#define ARNS "trust_anchor_arn = " ANCHOR "\nprofile_arn = " PROFILE "\nrole_arn = " ROLE "\n"

static void answer_with(long status, const char *body)
{
	wire.status = status;
	wire.body_of_reply = body;
}

static void test_session(void)
{
	_cleanup_(answer_done) struct result a = {};

	tap_begin("a session");
	answer_with(201, REPLY);
	a = call_provider(ARNS FILES);
	CHECK_INT(a.r, 1);
	CHECK_STRING(wire.method, "POST");
	CHECK_STRING(wire.url,
	        "https://rolesanywhere.eu-west-1.amazonaws.com/sessions?"
	        "profileArn=arn%3Aaws%3Arolesanywhere%3Aeu-west-1%3A123456789012%3Aprofile%2Fc3d4&"
	        "roleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpull&trustAnchorArn="
	        "arn%3Aaws%3Arolesanywhere%3Aeu-west-1%3A123456789012%3Atrust-anchor%2Fa1b2");
	CHECK_STRING(wire.body, "{}");
	CHECK(strstr(wire.authorization, "AWS4-X509-ECDSA-SHA256 Credential=" SERIAL_DECIMAL "/"));
	CHECK(strstr(wire.authorization,
	        "/eu-west-1/rolesanywhere/aws4_request, "
	        "SignedHeaders=content-type;host;x-amz-date;x-amz-x509, "));
	CHECK(!wire.has_chain);
	CHECK_STRING(a.credentials.access_key_id, "ASIAEXAMPLE");
	CHECK_STRING(secret_string(&a.credentials.session_token), "token==");
	CHECK_STRING(a.credentials.account_id, "123456789012");
	CHECK_INT(a.credentials.expires_at, 4099032000);
	CHECK_STRING(a.credentials.warning.code, "");
	tap_end();
}

static void test_settings(void)
{
	_cleanup_(answer_done) struct result a = {}, b = {};

	tap_begin("duration, session name and a chain");
	answer_with(201, REPLY);
	a = call_provider(ARNS FILES "duration_seconds = 900\nrole_session_name = host-1\n"
	                             "certificate_chain = @/issuers.pem\n");
	CHECK_INT(a.r, 1);
	CHECK_STRING(wire.body, "{\"roleSessionName\":\"host-1\",\"durationSeconds\":900}");
	CHECK(wire.has_chain);
	CHECK(strstr(wire.authorization, ";x-amz-x509;x-amz-x509-chain, "));
	tap_end();
	tap_begin("a world-readable key works, with a warning");
	b = call_provider(ARNS "certificate = @/own.pem\nprivate_key = @/open.pem\n");
	CHECK_INT(b.r, 1);
	CHECK_STRING(b.credentials.warning.code, "exposed-private-key");
	tap_end();
}

static void test_passphrase_credential(void)
{
	_cleanup_(answer_done) struct result a = {}, b = {}, c = {};
	const char *lines = ARNS "certificate = @/own.pem\nprivate_key = @/encrypted.pem\n";

	answer_with(201, REPLY);
	tap_begin("no pass phrase");
	a = call_provider(lines);
	CHECK_INT(a.r, -ENOKEY);
	CHECK(strstr(a.reason.text, "private-key-passphrase"));
	tap_end();
	tap_begin("the pass phrase is a systemd credential");
	setenv("CREDENTIALS_DIRECTORY", fixture_dir, 1);
	b = call_provider(lines);
	CHECK_INT(b.r, 1);
	tap_end();
	tap_begin("the configured file has precedence");
	c = call_provider(ARNS "certificate = @/own.pem\nprivate_key = @/encrypted.pem\n"
	                       "private_key_passphrase_file = @/wrong-phrase\n");
	CHECK_INT(c.r, -EKEYREJECTED);
	CHECK(!strstr(c.reason.text, "battery"));
	unsetenv("CREDENTIALS_DIRECTORY");
	tap_end();
}

static void test_refusals(void)
{
	static const struct {
		const char *name, *lines, *code, *text;
	} cases[] = {
	        {"no certificate", ARNS "private_key = @/key.pem\n", "missing-setting",
	                "not certificate;"},
	        {"no private key", ARNS "certificate = @/own.pem\n", "missing-setting",
	                "not private_key;"},
	        {"no role", "trust_anchor_arn = " ANCHOR "\nprofile_arn = " PROFILE "\n" FILES,
	                "missing-setting", "not role_arn;"},
	        {"no profile", "trust_anchor_arn = " ANCHOR "\nrole_arn = " ROLE "\n" FILES,
	                "missing-setting", "not profile_arn;"},
	        {"an invalid ARN", "trust_anchor_arn = a1b2\n" FILES, "bad-setting",
	                "trust_anchor_arn"},
	        {"another service's ARN",
	                "trust_anchor_arn = " ANCHOR "\nprofile_arn = " ROLE "\n" FILES,
	                "bad-setting", "profile_arn"},
	        {"two regions",
	                "trust_anchor_arn = arn:aws:rolesanywhere:us-east-1:1:trust-anchor/a\n"
	                "profile_arn = " PROFILE "\nrole_arn = " ROLE "\n" FILES,
	                "two-regions", "us-east-1"},
	        {"too short", ARNS FILES "duration_seconds = 899\n", "bad-setting", "900 to 43200"},
	        {"too long", ARNS FILES "duration_seconds = 43201\n", "bad-setting",
	                "duration_seconds"},
	        {"not a number", ARNS FILES "duration_seconds = 1h\n", "bad-setting",
	                "duration_seconds"},
	        {"an invalid session name", ARNS FILES "role_session_name = a\"b\n", "bad-setting",
	                "role_session_name"},
	        {"a relative path", ARNS "certificate = own.pem\nprivate_key = @/key.pem\n",
	                "bad-setting", "absolute"},
	        {"the key itself instead of its file",
	                ARNS "certificate = @/own.pem\n"
	                     "private_key = -----BEGIN PRIVATE KEY-----\n  MIISECRET\n",
	                "bad-setting", "private_key is not a file"},
	        {"the pass phrase itself instead of its file",
	                ARNS FILES "private_key_passphrase_file = MIISECRET\n", "bad-setting",
	                "private_key_passphrase_file"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(answer_done) struct result a = {};

		tap_begin("%s", cases[i].name);
		a = call_provider(cases[i].lines);
		CHECK(a.r < 0);
		CHECK_STRING(a.reason.code, cases[i].code);
		CHECK(strstr(a.reason.text, cases[i].text));
		CHECK(strstr(a.reason.text, "profile \"test\""));
		CHECK(!strstr(a.reason.text, "SECRET"));
		CHECK_INT(wire.calls, 0);
		tap_end();
	}
}

static void test_not_set(void)
{
	_cleanup_(answer_done) struct result a = {};

	tap_begin("a profile without Roles Anywhere");
	a = call_provider("role_arn = " ROLE "\n");
	CHECK_INT(a.r, 0);
	CHECK(strstr(a.reason.text, "trust_anchor_arn"));
	tap_end();
}

static void test_denied(void)
{
	_cleanup_(answer_done) struct result a = {};

	tap_begin("a refusal names what to check");
	answer_with(403, "{\"__type\":\"AccessDeniedException\",\"message\":\"Untrusted signing "
	                 "certificate.\"}");
	a = call_provider(ARNS FILES);
	CHECK_INT(a.r, -EREMOTEIO);
	CHECK_STRING(a.reason.code, "AccessDeniedException");
	CHECK(strstr(a.reason.text, "Untrusted signing certificate"));
	CHECK(strstr(a.reason.text, "trust anchor"));
	CHECK_INT(wire.calls, 1);
	tap_end();
}

static void test_replies(void)
{
	static const char *const bad[] = {"", "{}", "[]", "<html>", "{\"credentialSet\":[]}",
	        "{\"credentialSet\":[7]}", "{\"credentialSet\":[{\"credentials\":[]}]}",
	        CREDENTIALS("\"\"", "\"k\"", "\"t\"", "\"2099-11-22T12:00:00Z\""),
	        CREDENTIALS("\"a\"", "null", "\"t\"", "\"2099-11-22T12:00:00Z\""),
	        CREDENTIALS("\"a\"", "\"k\"", "\"\"", "\"2099-11-22T12:00:00Z\""),
	        CREDENTIALS("\"a\"", "\"k\"", "\"t\\r\\nX: y\"", "\"2099-11-22T12:00:00Z\""),
	        CREDENTIALS("\"a\"", "\"k\"", "\"t\"", "\"tomorrow\""),
	        CREDENTIALS("\"a\"", "\"k\"", "\"t\"", "4098081600"),
	        CREDENTIALS("\"a\"", "\"k\"", "\"t\"", "\"2001-01-01T00:00:00Z\"")};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		static char untouched[] = "untouched";
		struct credentials c = {.account_id = untouched};
		struct reason why = {};

		tap_begin("bad reply %zu", i);
		CHECK_INT(roles_anywhere_parse_session(
		                  bad[i], strlen(bad[i]), timestamp_now(), &c, &why),
		        -EBADMSG);
		CHECK(*why.text && c.account_id == untouched && !c.access_key_id);
		tap_end();
	}
}

int main(void)
{
	EVP_PKEY *key, *issuer;
	X509 *certificates[2];

	unsetenv("CREDENTIALS_DIRECTORY");
	unsetenv("AWS_ENDPOINT_URL");
	unsetenv("AWS_ENDPOINT_URL_ROLESANYWHERE");
	fixture_open();
	key = fixture_key("EC");
	issuer = fixture_key("EC");
	certificates[0] = fixture_certificate(key, issuer, -DAY, DAY);
	certificates[1] = fixture_certificate(issuer, issuer, -DAY, DAY);
	fixture_write_certificates("own.pem", certificates, 1);
	fixture_write_certificates("issuers.pem", certificates + 1, 1);
	fixture_write_key("key.pem", key, FORM_PKCS8, 0600);
	fixture_write_key("open.pem", key, FORM_PKCS8, 0604);
	fixture_write_key("encrypted.pem", key, FORM_PKCS8_ENCRYPTED, 0600);
	fixture_text("private-key-passphrase", PASSPHRASE);
	fixture_text("wrong-phrase", "another battery");
	test_session();
	test_settings();
	test_passphrase_credential();
	test_refusals();
	test_not_set();
	test_denied();
	test_replies();
	X509_free(certificates[0]);
	X509_free(certificates[1]);
	EVP_PKEY_free(key);
	EVP_PKEY_free(issuer);
	fixture_close();
	return tap_finish();
}

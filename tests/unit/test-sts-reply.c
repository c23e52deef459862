/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/sts-reply.h"

#include <errno.h>

#include "base/alloc.h"
#include "tap.h"

#define XMLNS " xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\""
#define ASSUMED                                                                                    \
	"<AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>"                                   \
	"<Arn>arn:aws:sts::123456789012:assumed-role/pull/s</Arn></AssumedRoleUser>"
#define KEY "<AccessKeyId>ASIAEXAMPLE</AccessKeyId>"
#define SECRET "<SecretAccessKey>TOPSECRET/x+y&amp;z</SecretAccessKey>"
#define SESSION "<SessionToken>TOPSECRETtoken==</SessionToken>"
#define EXPIRATION "<Expiration>2026-11-21T11:40:00Z</Expiration>"
#define ROLE(operation, inside)                                                                    \
	"<" operation "Response" XMLNS "><" operation "Result>" inside "</" operation              \
	"Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></" operation         \
	"Response>"
#define CREDENTIALS(inside) "<Credentials>" inside "</Credentials>"
#define ALL KEY SECRET SESSION EXPIRATION

static const struct {
	const char *name;
	const char *body;
	const char *account; /* or NULL */
} good[] = {
        {"AssumeRole", ROLE("AssumeRole", ASSUMED CREDENTIALS(ALL)), "123456789012"},
        {"web identity, in another order",
                ROLE("AssumeRoleWithWebIdentity", CREDENTIALS(EXPIRATION SESSION SECRET KEY) ASSUMED
                        "<Audience>AccessKeyId</Audience>"),
                "123456789012"},
        {"an ARN without an account",
                ROLE("AssumeRole",
                        "<AssumedRoleUser><Arn>arn:x</Arn></AssumedRoleUser>" CREDENTIALS(ALL)),
                NULL},
        {"white space, a declaration, comments, CDATA",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x -->" ROLE("AssumeRole",
                        "\n  " ASSUMED "\n  " CREDENTIALS(
                                "\n<AccessKeyId>\n  ASIA<!-- x -->EXAMPLE\n</AccessKeyId>"
                                "<SecretAccessKey><![CDATA[TOPSECRET/x+y&z]]>"
                                "</SecretAccessKey>" SESSION EXPIRATION)),
                "123456789012"},
        {"the first of several; other elements of these names",
                ROLE("AssumeRole", "<Other>" KEY "</Other>" ASSUMED CREDENTIALS(
                                           ALL "<AccessKeyId>ASIAOTHER</AccessKeyId>")),
                "123456789012"},
};

static void check_good(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_(credentials_done) struct credentials c = {};
		struct reason reason = {};

		tap_begin("%s", good[i].name);
		if (!CHECK_INT(
		            sts_parse_credentials(good[i].body, strlen(good[i].body), &c, &reason),
		            0))
			printf("# %s\n", reason.text);
		CHECK_STRING(c.access_key_id, "ASIAEXAMPLE");
		CHECK_STRING(secret_string(&c.secret_access_key), "TOPSECRET/x+y&z");
		CHECK_STRING(secret_string(&c.session_token), "TOPSECRETtoken==");
		CHECK_INT(c.expires_at, 1795261200);
		if (good[i].account)
			CHECK_STRING(c.account_id, good[i].account);
		else
			CHECK(!c.account_id);
		tap_end();
	}
}

#define DEEP_OPEN "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"

static const struct {
	const char *name;
	const char *body;
	const char *fragment;
} bad[] = {
        {"nothing", "", "XML"},
        {"HTML", "<html><head><title>502</title><body>Bad Gateway<br></html>", "XML"},
        {"JSON", "{\"AccessKeyId\":\"TOPSECRET\"}", "XML"},
        {"truncated", "<AssumeRoleResponse><AssumeRoleResult>" CREDENTIALS(ALL) "</AssumeRole",
                "XML"},
        {"nested too deeply", DEEP_OPEN CREDENTIALS(ALL), "XML"},
        {"a DTD", "<!DOCTYPE r [<!ENTITY e \"TOPSECRET\">]>" ROLE("AssumeRole", ASSUMED), "XML"},
        {"an internal entity",
                ROLE("AssumeRole", ASSUMED CREDENTIALS("<AccessKeyId>&e;</AccessKeyId>")), "XML"},
        {"no credentials", ROLE("AssumeRole", ASSUMED), "AccessKeyId"},
        {"no secret", ROLE("AssumeRole", ASSUMED CREDENTIALS(KEY SESSION EXPIRATION)),
                "SecretAccessKey"},
        {"no token", ROLE("AssumeRole", ASSUMED CREDENTIALS(KEY SECRET EXPIRATION)),
                "SessionToken"},
        {"no expiry", ROLE("AssumeRole", ASSUMED CREDENTIALS(KEY SECRET SESSION)), "Expiration"},
        {"an expiry that is not a date",
                ROLE("AssumeRole",
                        ASSUMED CREDENTIALS(KEY SECRET SESSION "<Expiration>soon</Expiration>")),
                "Expiration"},
        {"a line break in a key",
                ROLE("AssumeRole",
                        ASSUMED CREDENTIALS("<AccessKeyId>ASIA&#13;&#10;X: y</AccessKeyId>" SECRET
                                        SESSION EXPIRATION)),
                "AccessKeyId"},
        {"an empty key",
                ROLE("AssumeRole",
                        ASSUMED CREDENTIALS(
                                "<AccessKeyId> </AccessKeyId>" SECRET SESSION EXPIRATION)),
                "AccessKeyId"},
};

static void check_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct credentials c = {};
		struct reason reason = {};

		tap_begin("refused: %s", bad[i].name);
		CHECK_INT(sts_parse_credentials(bad[i].body, strlen(bad[i].body), &c, &reason),
		        -EBADMSG);
		tap_check(strstr(reason.text, bad[i].fragment), __FILE__, __LINE__, "%s",
		        reason.text);
		CHECK(!strstr(reason.text, "TOPSECRET"));
		CHECK(!c.access_key_id && !c.secret_access_key.data && !c.session_token.data);
		tap_end();
	}
}

static void check_caller(void)
{
	static const char body[] =
	        ROLE("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/Jürgen</Arn>"
	                                  "<UserId>AIDA</UserId><Account>123456789012</Account>");
	static const char none[] = ROLE("GetCallerIdentity", "<UserId>AIDA</UserId>");
	struct sts_caller caller = {}, untouched = {.arn = "x"};
	_secret_ struct secret text = {};
	struct reason reason = {};

	tap_begin("GetCallerIdentity");
	CHECK_INT(sts_parse_caller(body, strlen(body), &caller, &reason), 0);
	CHECK_STRING(caller.arn, "arn:aws:iam::123456789012:user/Jürgen");
	CHECK_STRING(caller.account, "123456789012");
	CHECK_STRING(caller.user_id, "AIDA");
	CHECK_INT(sts_parse_caller(none, strlen(none), &untouched, &reason), -EBADMSG);
	CHECK_STRING(untouched.arn, "x");
	tap_end();

	tap_begin("an ARN longer than the limit");
	secret_set_string(&text, "<r><GetCallerIdentityResult><Arn>");
	memset(secret_reserve(&text, STS_ARN_MAX_SIZE), 'a', STS_ARN_MAX_SIZE);
	secret_grown(&text, STS_ARN_MAX_SIZE);
	secret_append_string(&text, "</Arn><UserId>u</UserId><Account>1</Account>"
	                            "</GetCallerIdentityResult></r>");
	CHECK_INT(sts_parse_caller(text.data, text.size, &untouched, &reason), -EBADMSG);
	CHECK_STRING(untouched.arn, "x");
	tap_end();
}

int main(void)
{
	check_good();
	check_bad();
	check_caller();
	return tap_finish();
}

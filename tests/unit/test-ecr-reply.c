/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <openssl/evp.h>

#include "base/alloc.h"
#include "fetch/api/ecr-reply.h"
#include "state/tokens.h"
#include "tap.h"

#define NOW INT64_C(1795261200)
#define ENDPOINT "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com"
#define HOST "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
#define TOKEN "\"authorizationToken\":\"QVdTOnMzY3IzdA==\"" /* AWS:s3cr3t */
#define EXPIRY "\"expiresAt\":1795304400"
#define LIST(members) "{\"authorizationData\":[{" members "}]}"
#define OBJECT(members) "{\"authorizationData\":{" members "}}"

static const struct {
	const char *name;
	const char *body;
	enum aws_service service;
	int64_t expires_at;
	const char *proxy_host;
} good[] = {
        {"ECR returns a list", LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":\"" ENDPOINT "\""),
                SERVICE_ECR, NOW + 43200, HOST},
        {"ECR Public returns an object", OBJECT(TOKEN "," EXPIRY), SERVICE_ECR_PUBLIC, NOW + 43200,
                ""},
        {"an expiry with a fraction, as ECR writes it",
                LIST(TOKEN ",\"expiresAt\":1.795304400917E9,\"proxyEndpoint\":\"" ENDPOINT "\""),
                SERVICE_ECR, NOW + 43200, HOST},
        {"an expiry with a fraction, plain", OBJECT(TOKEN ",\"expiresAt\":1795304400.999"),
                SERVICE_ECR_PUBLIC, NOW + 43200, ""},
        {"an expiry in one second", LIST(TOKEN ",\"expiresAt\":1795261201"), SERVICE_ECR, NOW + 1,
                ""},
        {"a distant expiry", LIST(TOKEN ",\"expiresAt\":32503680000"), SERVICE_ECR,
                INT64_C(32503680000), ""},
        {"the first of several",
                "{\"authorizationData\":[{" TOKEN "," EXPIRY "},{\"authorizationToken\":\"eDp5\","
                "\"expiresAt\":1795304401}]}",
                SERVICE_ECR, NOW + 43200, ""},
        {"unknown members",
                "{\"x\":[],\"authorizationData\":[{\"y\":null," TOKEN "," EXPIRY "}],\"z\":{}}",
                SERVICE_ECR, NOW + 43200, ""},
        {"white space everywhere",
                " { \"authorizationData\" : [ { " TOKEN " , " EXPIRY " } ] } \r\n", SERVICE_ECR,
                NOW + 43200, ""},
        {"an endpoint with a path",
                LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":\"" ENDPOINT ":443/v2/\""), SERVICE_ECR,
                NOW + 43200, HOST},
        {"an endpoint in China",
                LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":"
                           "\"https://123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn\""),
                SERVICE_ECR, NOW + 43200, "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"},
        {"an endpoint of another service is ignored",
                LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":\"https://registry.example.com\""),
                SERVICE_ECR, NOW + 43200, ""},
        {"an endpoint similar to ECR's is ignored",
                LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":\"" ENDPOINT ".example.com\""),
                SERVICE_ECR, NOW + 43200, ""},
        {"a numeric endpoint is ignored", LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":1"),
                SERVICE_ECR, NOW + 43200, ""},
        {"an endpoint with a NUL is ignored",
                LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":\"" ENDPOINT "\\u0000\""), SERVICE_ECR,
                NOW + 43200, ""},
        {"an endpoint of ECR Public is ignored",
                LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":\"https://public.ecr.aws\""), SERVICE_ECR,
                NOW + 43200, ""},
        {"an empty endpoint is ignored", LIST(TOKEN "," EXPIRY ",\"proxyEndpoint\":\"\""),
                SERVICE_ECR, NOW + 43200, ""},
        {"ECR Public has no endpoint of an account",
                OBJECT(TOKEN "," EXPIRY ",\"proxyEndpoint\":\"" ENDPOINT "\""), SERVICE_ECR_PUBLIC,
                NOW + 43200, ""},
};

static void test_good(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_(ecr_token_done) struct ecr_token token = {};
		struct reason reason = {};

		tap_begin("accepted: %s", good[i].name);
		if (!CHECK_INT(ecr_parse_token(good[i].body, strlen(good[i].body), good[i].service,
		                       NOW, &token, &reason),
		            0))
			printf("# %s\n", reason.text);
		CHECK_STRING(secret_string(&token.authorization), "QVdTOnMzY3IzdA==");
		CHECK_INT(token.expires_at, good[i].expires_at);
		CHECK_STRING(token.proxy_host, good[i].proxy_host);
		tap_end();
	}
}

static const struct {
	const char *name;
	const char *body;
	const char *code;
} bad[] = {
        {"nothing", "", "bad-reply"},
        {"blanks", " \r\n", "bad-reply"},
        {"HTML", "<html><body>Log in to the Wi-Fi</body></html>", "bad-reply"},
        {"XML", "<?xml version=\"1.0\"?><ErrorResponse/>", "bad-reply"},
        {"a truncated reply", "{\"authorizationData\":[{" TOKEN "," EXPIRY, "bad-reply"},
        {"two replies", LIST(TOKEN "," EXPIRY) LIST(TOKEN "," EXPIRY), "bad-reply"},
        {"null", "null", "bad-reply"},
        {"a string", "\"authorizationData\"", "bad-reply"},
        {"an array", "[" LIST(TOKEN "," EXPIRY) "]", "bad-reply"},
        {"an empty object", "{}", "bad-reply"},
        {"null data", "{\"authorizationData\":null}", "bad-reply"},
        {"data as a string", "{\"authorizationData\":\"QVdTOmE=\"}", "bad-reply"},
        {"an empty list", "{\"authorizationData\":[]}", "bad-reply"},
        {"a list of null", "{\"authorizationData\":[null]}", "bad-reply"},
        {"a list of a string", "{\"authorizationData\":[\"QVdTOmE=\"]}", "bad-reply"},
        {"a list in a list", "{\"authorizationData\":[[{" TOKEN "," EXPIRY "}]]}", "bad-reply"},
        {"no token", LIST(EXPIRY), "bad-reply"},
        {"a null token", LIST("\"authorizationToken\":null," EXPIRY), "bad-reply"},
        {"a numeric token", LIST("\"authorizationToken\":1," EXPIRY), "bad-reply"},
        {"an object as token", LIST("\"authorizationToken\":{}," EXPIRY), "bad-reply"},
        {"a token with a NUL", LIST("\"authorizationToken\":\"QVdTOmE=\\u0000\"," EXPIRY),
                "bad-reply"},
        {"an empty token", LIST("\"authorizationToken\":\"\"," EXPIRY), "bad-reply"},
        {"a token that is not base64", LIST("\"authorizationToken\":\"AWS:s3cr3t\"," EXPIRY),
                "bad-reply"},
        {"a token without its padding", LIST("\"authorizationToken\":\"QVdTOmE\"," EXPIRY),
                "bad-reply"},
        {"a token with a line break", LIST("\"authorizationToken\":\"QVdT\\nOmE=\"," EXPIRY),
                "bad-reply"},
        {"a token in base64 for URLs", LIST("\"authorizationToken\":\"QVdTOn5_\"," EXPIRY),
                "bad-reply"},
        {"a token without a colon", LIST("\"authorizationToken\":\"QVdTczNjcjN0\"," EXPIRY),
                "bad-reply"},
        {"no expiry", LIST(TOKEN), "bad-reply"},
        {"a null expiry", LIST(TOKEN ",\"expiresAt\":null"), "bad-reply"},
        {"an expiry as a string", LIST(TOKEN ",\"expiresAt\":\"1795304400\""), "bad-reply"},
        {"an expiry as a date", LIST(TOKEN ",\"expiresAt\":\"2026-11-21T23:40:00Z\""), "bad-reply"},
        {"an expiry of true", LIST(TOKEN ",\"expiresAt\":true"), "bad-reply"},
        {"an expiry that is not a number", LIST(TOKEN ",\"expiresAt\":NaN"), "bad-reply"},
        {"an infinite expiry", LIST(TOKEN ",\"expiresAt\":Infinity"), "bad-reply"},
        {"an expiry out of range", LIST(TOKEN ",\"expiresAt\":1e999"), "bad-reply"},
        {"an expiry in milliseconds", LIST(TOKEN ",\"expiresAt\":1795304400000"), "bad-reply"},
        {"an expiry before 1970", LIST(TOKEN ",\"expiresAt\":-1"), "bad-reply"},
        {"an expiry long ago", LIST(TOKEN ",\"expiresAt\":1500000000"), "expired-token"},
        {"an expiry in 1970", LIST(TOKEN ",\"expiresAt\":0"), "expired-token"},
        {"an expiry right now", LIST(TOKEN ",\"expiresAt\":1795261200"), "expired-token"},
        {"an expiry within this second", LIST(TOKEN ",\"expiresAt\":1795261200.9"),
                "expired-token"},
};

/* A failure leaves ret unchanged and sets a reason that does not repeat what may be a token. */
static void check_bad(const char *body, size_t size, enum aws_service service, const char *code)
{
	struct ecr_token token = {.expires_at = 12345}, before = token;
	struct reason reason = {};

	if (!CHECK_INT(ecr_parse_token(body, size, service, NOW, &token, &reason), -EBADMSG)) {
		ecr_token_done(&token);
		return;
	}
	CHECK(memcmp(&token, &before, sizeof(before)) == 0);
	CHECK_STRING(reason.code, code);
	CHECK(*reason.text && !strstr(reason.text, "QVdT") && !strstr(reason.text, "s3cr3t"));
	CHECK_INT(ecr_parse_token(body, size, service, NOW, &token, NULL), -EBADMSG);
}

static void test_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		tap_begin("refused: %s", bad[i].name);
		check_bad(bad[i].body, strlen(bad[i].body), SERVICE_ECR, bad[i].code);
		check_bad(bad[i].body, strlen(bad[i].body), SERVICE_ECR_PUBLIC, bad[i].code);
		tap_end();
	}
	tap_begin("refused: bytes that are not text");
	check_bad("\0\0\0\0", 4, SERVICE_ECR, "bad-reply");
	check_bad("\xff\xfe\x00{", 4, SERVICE_ECR, "bad-reply");
	check_bad(NULL, 0, SERVICE_ECR, "bad-reply");
	tap_end();
}

/* Returns base64 of "AWS:" and so many bytes; 0 is an empty password. */
static char *make_token(size_t size)
{
	_cleanup_(freep) unsigned char *plain = xcalloc(1, size + 4);
	char *token = xcalloc(1, (size + 4) / 3 * 4 + 8);

	memcpy(plain, "AWS:", 4);
	for (size_t i = 0; i < size; i++)
		plain[4 + i] = (unsigned char)(' ' + i * 7 % 95);
	EVP_EncodeBlock((unsigned char *)token, plain, (int)size + 4);
	return token;
}

static void check_size(size_t size, bool accepted)
{
	_cleanup_(ecr_token_done) struct ecr_token ret = {};
	_cleanup_(freep) char *token = make_token(size);
	_cleanup_(freep) char *body =
	        xasprintf(LIST("\"authorizationToken\":\"%s\"," EXPIRY), token);

	if (!accepted) {
		check_bad(body, strlen(body), SERVICE_ECR, "bad-reply");
		return;
	}
	CHECK_INT(ecr_parse_token(body, strlen(body), SERVICE_ECR, NOW, &ret, NULL), 0);
	CHECK_STRING(secret_string(&ret.authorization), token);
}

static void test_sizes(void)
{
	/* ECR now sends 1.8 kB, or 2.7 kB with a role; no size is documented. */
	static const size_t sizes[] = {
	        1, 2, 3, 4, 5, 1340, 1341, 1342, 2000, 4096, 20000, TOKEN_MAX_SIZE / 4 * 3 - 4};

	tap_begin("a token of any size is accepted unchanged");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		check_size(sizes[i], true);
	tap_end();

	tap_begin("a token too large for the state file is refused");
	check_size(TOKEN_MAX_SIZE / 4 * 3 - 3, false);
	check_size(1000000, false);
	tap_end();
}

static void test_colons(void)
{
	/* AWS:a:b:c, which is split at the first colon */
	static const char body[] = LIST("\"authorizationToken\":\"QVdTOmE6Yjpj\"," EXPIRY);
	_cleanup_(ecr_token_done) struct ecr_token ret = {};

	tap_begin("a password may contain colons");
	CHECK_INT(ecr_parse_token(body, strlen(body), SERVICE_ECR, NOW, &ret, NULL), 0);
	CHECK_STRING(secret_string(&ret.authorization), "QVdTOmE6Yjpj");
	tap_end();
}

int main(void)
{
	test_good();
	test_bad();
	test_sizes();
	test_colons();
	return tap_finish();
}

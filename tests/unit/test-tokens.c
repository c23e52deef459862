/* SPDX-License-Identifier: Apache-2.0 */
#include "state/tokens.h"

#include <errno.h>

#include "base/alloc.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "tap.h"

#define NOW INT64_C(1795261200) /* 2026-11-21T11:40:00Z */
#define HOST "123456789012.dkr.ecr.eu-central-1.amazonaws.com"

static bool same_string(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_same(const struct token *a, const struct token *b)
{
	CHECK(same_string(a->identity, b->identity));
	CHECK_INT(a->service, b->service);
	CHECK(a->partition == b->partition);
	CHECK_STRING(a->region, b->region);
	CHECK(same_string(a->identity_settings, b->identity_settings));
	CHECK(secret_equal(&a->authorization, &b->authorization));
	CHECK_STRING(a->auto_host, b->auto_host);
	CHECK(same_string(a->principal, b->principal));
	CHECK(same_string(a->provider, b->provider));
	CHECK_INT(a->fetched_at, b->fetched_at);
	CHECK_INT(a->expires_at, b->expires_at);
	CHECK_INT(a->jitter, b->jitter);
	CHECK_INT(a->failed_at, b->failed_at);
	CHECK_INT(a->failing_since, b->failing_since);
	CHECK_STRING(a->failure.code, b->failure.code);
	CHECK_STRING(a->failure.text, b->failure.text);
}

/* Checks that tokens are the same after formatting and parsing. */
static void check_round_trip(const struct tokens *tokens)
{
	_cleanup_(tokens_done) struct tokens back = {};
	_secret_ struct secret text = {}, again = {};
	struct reason reason = {};

	tokens_format(tokens, &text);
	if (!CHECK_INT(tokens_parse(text.data, text.size, &back, &reason), 0))
		printf("# %s\n", reason.text);
	if (!CHECK_INT(back.count, tokens->count))
		return;
	for (size_t i = 0; i < back.count; i++)
		check_same(&back.items[i], &tokens->items[i]);
	tokens_format(&back, &again);
	CHECK(secret_equal(&text, &again));
}

static struct token *add(struct tokens *tokens, const char *identity)
{
	struct token *t = array_append(&tokens->items, &tokens->count, sizeof(*t));

	t->identity = xstrdup(identity);
	return t;
}

static void place(struct token *t, enum aws_service service, const char *region)
{
	t->service = service;
	t->partition = partition_of_region(region);
	strcpy(t->region, region);
}

static void fill(struct token *t, const char *authorization)
{
	secret_set_string(&t->authorization, authorization);
	t->fetched_at = NOW;
	t->expires_at = NOW + 43200;
}

static void test_round_trips(void)
{
	_cleanup_(tokens_done) struct tokens none = {}, one = {}, many = {};
	struct token *t;

	tap_begin("round trip: no tokens");
	check_round_trip(&none);
	tap_end();

	tap_begin("round trip: a request without a token");
	place(add(&one, ""), SERVICE_ECR, "eu-central-1");
	check_round_trip(&one);
	tap_end();

	tap_begin("round trip: a token with all members");
	t = &one.items[0];
	fill(t, "QVdTOnBhc3N3b3Jk");
	t->principal = xstrdup("AKIDEXAMPLE");
	t->provider = xstrdup("environment \"variables\" \\ caf\xc3\xa9");
	t->jitter = 100;
	t->failed_at = NOW + 60;
	t->failing_since = NOW + 30;
	reason_set(&t->failure, EIO, "AccessDeniedException", "not \"allowed\"; \\ \xe2\x82\xac");
	check_round_trip(&one);
	tap_end();

	tap_begin("round trip: \"auto\", ECR Public and another partition");
	t = add(&many, "prod");
	fill(t, "QVdTOmE=");
	strcpy(t->auto_host, HOST);
	place(add(&many, "prod"), SERVICE_ECR_PUBLIC, "us-east-1");
	fill(&many.items[1], "QVdTOmI=");
	place(add(&many, ""), SERVICE_ECR, "cn-north-1");
	fill(&many.items[2], "QVdTOmM=");
	check_round_trip(&many);
	tap_end();
}

/* A token is valid for its section only if the settings are the same. */
static void test_settings(void)
{
	static const char ini[] = "[aws]\nregion = eu-central-1\nprofile = prod\n"
	                          "[user a]\nregistries = auto\n";
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(config_done) struct config config = {};
	_cleanup_(tokens_done) struct tokens tokens = {};

	tap_begin("round trip: the settings of an [aws] section");
	CHECK_INT(config_parse(ini, strlen(ini), "x", NULL, &config, &errors), 0);
	add(&tokens, "")->identity_settings = config_identity_text(&config.identities[0]);
	CHECK(*tokens.items[0].identity_settings);
	check_round_trip(&tokens);
	tap_end();
}

static void test_sizes(void)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(freep) char *big = xcalloc(1, TOKEN_MAX_SIZE + 1);

	tap_begin("round trip: the largest token, and the longest reason");
	place(add(&tokens, ""), SERVICE_ECR, "eu-central-1");
	memset(big, 'A', TOKEN_MAX_SIZE);
	fill(&tokens.items[0], big);
	tokens.items[0].failed_at = NOW;
	reason_set(&tokens.items[0].failure, EIO, "code", "%.1000s", big);
	check_round_trip(&tokens);
	tap_end();

	tap_begin("round trip: many tokens");
	for (size_t i = 0; i < 2000; i++) {
		_cleanup_(freep) char *name = xasprintf("identity-%zu", i);

		place(add(&tokens, name), SERVICE_ECR, "eu-central-1");
	}
	check_round_trip(&tokens);
	tap_end();
}

/* tokens.json with one token, given the rest of its members. */
#define TOKEN(members) "{\"version\":1,\"tokens\":[{\"identity\":\"\"," members "}]}"
#define PLACED(members)                                                                            \
	TOKEN("\"service\":\"ecr\",\"partition\":\"aws\",\"region\":\"eu-central-1\"," members)
#define WITH(members) PLACED("\"authorization\":\"QVdTOmE=\"," members)

static const struct {
	const char *name;
	const char *text;
} malformed[] = {
        {"nothing", ""},
        {"a blank", " "},
        {"not JSON", "tokens"},
        {"half an object", "{\"version\":1,\"tokens\":[{\"identity\":\"\""},
        {"text after the object", "{\"version\":1,\"tokens\":[]}{}"},
        {"an array", "[]"},
        {"a string", "\"version\""},
        {"null", "null"},
        {"no version", "{\"tokens\":[]}"},
        {"version 0", "{\"version\":0,\"tokens\":[]}"},
        {"version 2", "{\"version\":2,\"tokens\":[]}"},
        {"version 2^32 + 1", "{\"version\":4294967297,\"tokens\":[]}"},
        {"a version that is a string", "{\"version\":\"1\",\"tokens\":[]}"},
        {"a version with a fraction", "{\"version\":1.0,\"tokens\":[]}"},
        {"a version that is true", "{\"version\":true,\"tokens\":[]}"},
        {"no tokens", "{\"version\":1}"},
        {"tokens that are null", "{\"version\":1,\"tokens\":null}"},
        {"tokens that are an object", "{\"version\":1,\"tokens\":{}}"},
};

static const struct {
	const char *name;
	const char *text;
	bool good; /* whether there is another, valid token */
} odd[] = {
        {"a token that is null", "{\"version\":1,\"tokens\":[null]}"},
        {"a token that is a string", "{\"version\":1,\"tokens\":[\"\"]}"},
        {"a token that is an array", "{\"version\":1,\"tokens\":[[]]}"},
        {"an empty token", "{\"version\":1,\"tokens\":[{}]}"},
        {"an odd token after a good one",
                "{\"version\":1,\"tokens\":[{\"identity\":\"\",\"service\":\"ecr\"},{}]}", true},
        {"an odd token before a good one",
                "{\"version\":1,\"tokens\":[[],{\"identity\":\"\",\"service\":\"ecr\"}]}", true},
        {"no identity", "{\"version\":1,\"tokens\":[{\"service\":\"ecr\"}]}"},
        {"an identity that is a number",
                "{\"version\":1,\"tokens\":[{\"identity\":1,\"service\":\"ecr\"}]}"},
        {"an identity that is null",
                "{\"version\":1,\"tokens\":[{\"identity\":null,\"service\":\"ecr\"}]}"},
        {"an identity with a NUL",
                "{\"version\":1,\"tokens\":[{\"identity\":\"a\\u0000b\",\"service\":\"ecr\"}]}"},
        {"an identity with an escape sequence",
                "{\"version\":1,\"tokens\":[{\"identity\":\"\\u001b[2J\",\"service\":\"ecr\"}]}"},
        {"an identity with a line break",
                "{\"version\":1,\"tokens\":[{\"identity\":\"a\\nb\",\"service\":\"ecr\"}]}"},
        {"no service", TOKEN("\"region\":\"eu-central-1\",\"partition\":\"aws\"")},
        {"an unknown service", TOKEN("\"service\":\"ec2\"")},
        {"the service STS", TOKEN("\"service\":\"sts\"")},
        {"a service that is a number", TOKEN("\"service\":0")},
        {"a partition without a region", TOKEN("\"service\":\"ecr\",\"partition\":\"aws\"")},
        {"a region without a partition", TOKEN("\"service\":\"ecr\",\"region\":\"eu-central-1\"")},
        {"an unknown partition",
                TOKEN("\"service\":\"ecr\",\"partition\":\"mars\",\"region\":\"eu-central-1\"")},
        {"a partition that is a number",
                TOKEN("\"service\":\"ecr\",\"partition\":1,\"region\":\"eu-central-1\"")},
        {"a region that is a number",
                TOKEN("\"service\":\"ecr\",\"partition\":\"aws\",\"region\":1")},
        {"a partition and a region that are numbers",
                TOKEN("\"service\":\"ecr\",\"partition\":1,\"region\":1")},
        {"an empty region", TOKEN("\"service\":\"ecr\",\"partition\":\"aws\",\"region\":\"\"")},
        {"a region in capitals",
                TOKEN("\"service\":\"ecr\",\"partition\":\"aws\",\"region\":\"EU-CENTRAL-1\"")},
        {"a region with a dot",
                TOKEN("\"service\":\"ecr\",\"partition\":\"aws\",\"region\":\"eu.example.com\"")},
        {"a region with a slash",
                TOKEN("\"service\":\"ecr\",\"partition\":\"aws\",\"region\":\"../x\"")},
        {"a region with a NUL",
                TOKEN("\"service\":\"ecr\",\"partition\":\"aws\",\"region\":\"eu\\u0000x\"")},
        {"a region of 64 characters",
                TOKEN("\"service\":\"ecr\",\"partition\":\"aws\",\"region\":\""
                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")},
        {"an authorization that is null", PLACED("\"authorization\":null")},
        {"an authorization that is a number", PLACED("\"authorization\":1")},
        {"an authorization that is an object", PLACED("\"authorization\":{}")},
        {"an authorization with a blank", PLACED("\"authorization\":\"QVdT OmE=\"")},
        {"an authorization with a line break", PLACED("\"authorization\":\"QVdTOmE=\\n\"")},
        {"an authorization with a quote", PLACED("\"authorization\":\"QVdT\\\",\\\"x\"")},
        {"an authorization with a NUL", PLACED("\"authorization\":\"QVdTOmE=\\u0000\"")},
        {"an authorization in base64url", PLACED("\"authorization\":\"QVdT-_==\"")},
        {"a host of auto that is not ECR's", WITH("\"auto_host\":\"registry.example.com\"")},
        {"a host of auto with a longer domain", WITH("\"auto_host\":\"" HOST ".example.com\"")},
        {"a host of auto that is a number", WITH("\"auto_host\":1")},
        {"an expiry that is a number", WITH("\"expires_at\":1795261200")},
        {"an expiry that is null", WITH("\"expires_at\":null")},
        {"an expiry that is not a time", WITH("\"expires_at\":\"tomorrow\"")},
        {"an expiry in month 13", WITH("\"expires_at\":\"2026-13-21T11:40:00Z\"")},
        {"a fetch time that is not a time", WITH("\"fetched_at\":\"2026-11-21\"")},
        {"a fetch time that is a number", WITH("\"fetched_at\":0")},
        {"a principal that is a number", WITH("\"principal\":1")},
        {"a principal with a control character", WITH("\"principal\":\"\\u007f\"")},
        {"a provider that is an array", WITH("\"provider\":[]")},
        {"a provider with a line break", WITH("\"provider\":\"a\\nMESSAGE=b\"")},
        {"a failure that is null", PLACED("\"failure\":null")},
        {"a failure that is a string", PLACED("\"failure\":\"x\"")},
        {"an empty failure", PLACED("\"failure\":{}")},
        {"a failure without a code", PLACED("\"failure\":{\"text\":\"x\"}")},
        {"a failure without a text", PLACED("\"failure\":{\"code\":\"x\"}")},
        {"a failure whose text is a number", PLACED("\"failure\":{\"code\":\"x\",\"text\":1}")},
        {"a failure with an invalid time",
                PLACED("\"failure\":{\"at\":\"x\",\"code\":\"x\",\"text\":\"x\"}")},
        {"a failure since an invalid time",
                PLACED("\"failure\":{\"since\":1,\"code\":\"x\",\"text\":\"x\"}")},
};

static void check_refused(const char *text, size_t size)
{
	struct tokens tokens = {.count = 12345}, before = tokens;
	struct reason reason = {};

	if (!CHECK_INT(tokens_parse(text, size, &tokens, &reason), -EBADMSG)) {
		tokens_done(&tokens);
		return;
	}
	CHECK(memcmp(&tokens, &before, sizeof(before)) == 0);
	CHECK_STRING(reason.code, "bad-state");
	CHECK(strstr(reason.text, TOKENS_FILE) && strstr(reason.text, "remove it"));
	CHECK_INT(tokens_parse(text, size, &tokens, NULL), -EBADMSG);
}

static void test_malformed(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		tap_begin("refused: %s", malformed[i].name);
		check_refused(malformed[i].text, strlen(malformed[i].text));
		tap_end();
	}
}

static void test_odd(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		_cleanup_(tokens_done) struct tokens tokens = {};

		tap_begin("ignored: %s", odd[i].name);
		CHECK_INT(tokens_parse(odd[i].text, strlen(odd[i].text), &tokens, NULL), 0);
		CHECK_INT(tokens.count, odd[i].good);
		tap_end();
	}
}

/* token_check() accepts exactly what tokens_parse() accepts. */
static void test_check(void)
{
	_cleanup_(freep) char *big = xcalloc(1, 65537 + 1);
	static const struct {
		size_t principal, settings;
		const char *fragment; /* NULL: valid */
	} cases[] = {{512, 65536, NULL}, {513, 1, "access key ID"}, {600, 1, "access key ID"},
	        {32768, 1, "access key ID"}, {20, 65537, "[aws] section"}};

	memset(big, 'A', 65537);
	tap_begin("a token is checked before it is written");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(tokens_done) struct tokens tokens = {};
		struct token *t = add(&tokens, "odd");
		struct reason reason = {};

		place(t, SERVICE_ECR, "eu-central-1");
		fill(t, "QVdTOmE=");
		t->principal = xstrndup(big, cases[i].principal);
		t->identity_settings = xstrndup(big, cases[i].settings);
		t->provider = xstrdup("process");
		CHECK_INT(token_check(t, &reason), cases[i].fragment ? -EBADMSG : 0);
		if (cases[i].fragment)
			CHECK(strstr(reason.text, cases[i].fragment) &&
			        strstr(reason.text, "process"));
		else
			check_round_trip(&tokens);
	}
	tap_end();

	tap_begin("values with line breaks and escape sequences are not written");
	for (const char *c = "\r\n\t\033\177\001"; *c; c++) {
		_cleanup_(token_done) struct token t = {.identity = xstrdup("")};

		fill(&t, "QVdTOmE=");
		t.principal = xasprintf("AKIA%cX", *c);
		CHECK_INT(token_check(&t, NULL), -EBADMSG);
	}
	tap_end();
}

/* Checks a file with one token, whose member has size letters. */
static void check_length(const char *member, size_t size, bool accepted)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(freep) char *letters = xcalloc(1, size + 1), *text = NULL;
	int r;

	memset(letters, 'A', size);
	text = xasprintf("{\"version\":1,\"tokens\":[{%s\"service\":\"ecr\",\"%s\":\"%s\"}]}",
	        strcmp(member, "identity") == 0 ? "" : "\"identity\":\"\",", member, letters);
	r = tokens_parse(text, strlen(text), &tokens, NULL);
	if (r != 0 || tokens.count != accepted)
		printf("# \"%s\" of %zu characters\n", member, size);
	CHECK_INT(r, 0);
	CHECK_INT(tokens.count, accepted);
}

static void test_limits(void)
{
	static const struct {
		const char *member;
		size_t max;
	} cases[] = {{"identity", 256}, {"principal", 512}, {"provider", 512},
	        {"authorization", TOKEN_MAX_SIZE}};
	_secret_ struct secret text = {};

	tap_begin("strings have limits");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		check_length(cases[i].member, cases[i].max, true);
		check_length(cases[i].member, cases[i].max + 1, false);
	}
	tap_end();

	tap_begin("the number of tokens has a limit");
	secret_append_string(&text, "{\"version\":1,\"tokens\":[");
	for (unsigned i = 0; i < 10001; i++)
		secret_append_string(&text, i ? ",{\"identity\":\"\",\"service\":\"ecr\"}"
		                              : "{\"identity\":\"\",\"service\":\"ecr\"}");
	secret_append_string(&text, "]}");
	check_refused(text.data, text.size);
	tap_end();
}

/* Members that a later version may add, or a fetcher may omit. */
static void test_lenient(void)
{
	static const char *const texts[] = {
	        " {\"tokens\" : [ ] , \"version\" : 1 , \"more\" : { } }\n",
	        TOKEN("\"service\":\"ecr\",\"new\":[1,{}]"),
	        WITH("\"new\":null"),
	        WITH("\"auto_host\":\"" HOST "\""),
	        WITH("\"expires_at\":\"2026-11-21T12:40:00.5+01:00\""),
	};

	tap_begin("unknown members and white space are ignored");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(tokens_done) struct tokens tokens = {};

		CHECK_INT(tokens_parse(texts[i], strlen(texts[i]), &tokens, NULL), 0);
		CHECK_INT(tokens.count, i > 0);
	}
	tap_end();

	tap_begin("a token without an expiry has expired");
	for (size_t i = 2; i < 4; i++) {
		_cleanup_(tokens_done) struct tokens tokens = {};

		tokens_parse(texts[i], strlen(texts[i]), &tokens, NULL);
		CHECK(tokens.count == 1 && tokens.items[0].authorization.size > 0);
		CHECK(tokens.count == 1 && !token_is_valid(&tokens.items[0], NOW));
	}
	tap_end();
}

/* Invalid settings match no section, so the token is renewed. */
static void test_bad_settings(void)
{
	static const char *const settings[] = {"1", "null", "{}", "\"a\\u0000b\""};

	tap_begin("invalid settings are ignored, but not their token");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		_cleanup_(tokens_done) struct tokens tokens = {};
		_cleanup_(freep) char *text = xasprintf(WITH("\"settings\":%s"), settings[i]);

		CHECK_INT(tokens_parse(text, strlen(text), &tokens, NULL), 0);
		CHECK(tokens.count == 1 && !tokens.items[0].identity_settings);
	}
	tap_end();
}

/* A jitter out of range would postpone the renewal until long after the expiry. */
static void test_bad_jitter(void)
{
	static const char *const jitters[] = {"1001", "-1", "2147483648", "4294967296", "1e3",
	        "1.5", "\"5\"", "null", "true", "[]", "99999999999999999999"};

	tap_begin("an invalid jitter is 0");
	for (size_t i = 0; i < ARRAY_SIZE(jitters); i++) {
		_cleanup_(tokens_done) struct tokens tokens = {};
		_cleanup_(freep) char *text = xasprintf(WITH("\"jitter\":%s"), jitters[i]);

		if (tokens_parse(text, strlen(text), &tokens, NULL) == 0 && tokens.count == 1)
			CHECK_INT(tokens.items[0].jitter, 0);
	}
	tap_end();
}

static void test_validity(void)
{
	_cleanup_(token_done) struct token t = {.fetched_at = NOW - 43200, .expires_at = NOW};

	tap_begin("a token is valid until the second it expires");
	CHECK(!token_is_valid(NULL, 0));
	CHECK(!token_is_valid(&t, NOW - 1)); /* no authorization */
	secret_set_string(&t.authorization, "QVdTOmE=");
	CHECK(token_is_valid(&t, NOW - 1));
	CHECK(!token_is_valid(&t, NOW));
	CHECK(!token_is_valid(&t, NOW + 1));
	CHECK(!token_is_valid(&t, INT64_MIN) && !token_is_valid(&t, INT64_MAX));
	tap_end();
}

/* Includes clocks that were wrong at the fetch and are right now, or the reverse. */
static void test_life(void)
{
	enum { MINUTE = 60, HOUR = 3600, DAY = 86400, YEAR = 31557600 };
	static const struct {
		int64_t fetched, expires; /* after now */
		enum token_life life;
	} cases[] = {
	        {0, 12 * HOUR, TOKEN_FRESH},
	        {-6 * HOUR + 1, 6 * HOUR + 1, TOKEN_FRESH},
	        {-6 * HOUR, 6 * HOUR, TOKEN_DUE},
	        {-12 * HOUR + 1, 1, TOKEN_DUE},
	        {-12 * HOUR, 0, TOKEN_EXPIRED},
	        {MINUTE, 12 * HOUR + MINUTE, TOKEN_FRESH},
	        {MINUTE + 1, 12 * HOUR + MINUTE + 1, TOKEN_AHEAD},
	        {9 * HOUR, 21 * HOUR, TOKEN_AHEAD},
	        {-9 * HOUR, 3 * HOUR, TOKEN_DUE},
	        {3 * DAY, 3 * DAY + 12 * HOUR, TOKEN_AHEAD},
	        {-3 * DAY, -3 * DAY + 12 * HOUR, TOKEN_EXPIRED},
	        {INT64_C(10) * YEAR, INT64_C(10) * YEAR + 12 * HOUR, TOKEN_AHEAD},
	        {INT64_C(-10) * YEAR, INT64_C(-10) * YEAR + 12 * HOUR, TOKEN_EXPIRED},
	        /* An expiry later than any of AWS is limited. */
	        {0, INT64_C(10) * YEAR, TOKEN_FRESH},
	        {-12 * HOUR + 1, INT64_C(10) * YEAR, TOKEN_FRESH},
	        {-12 * HOUR, INT64_C(10) * YEAR, TOKEN_DUE},
	        {-DAY + 1, INT64_C(10) * YEAR, TOKEN_DUE},
	        {-DAY, INT64_C(10) * YEAR, TOKEN_EXPIRED},
	};

	tap_begin("a token is judged by its times and this machine's clock");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(token_done) struct token t = {};

		token_set_times(&t, NOW + cases[i].fetched, NOW + cases[i].expires);
		CHECK_INT(token_judge(&t, 500, NOW), TOKEN_NONE);
		secret_set_string(&t.authorization, "QVdTOmE=");
		if (!CHECK_INT(token_judge(&t, 500, NOW), cases[i].life))
			printf("# case %zu\n", i);
		CHECK_INT(token_is_valid(&t, NOW), cases[i].life >= TOKEN_DUE);
	}
	CHECK_INT(token_judge(NULL, 500, NOW), TOKEN_NONE);
	tap_end();
}

/* The file may be of another version, or of a compromised fetcher. */
static void test_longest_life(void)
{
	static const char *const texts[] = {
	        WITH("\"fetched_at\":\"2026-11-21T11:40:00Z\",\"expires_at\":\"2036-11-21T11:40:"
	             "00Z\""),
	        WITH("\"expires_at\":\"9999-12-31T23:59:59Z\",\"fetched_at\":\"2026-11-21T11:40:"
	             "00Z\""),
	};

	tap_begin("no token is used for more than a day after its fetch");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(tokens_done) struct tokens tokens = {};

		CHECK_INT(tokens_parse(texts[i], strlen(texts[i]), &tokens, NULL), 0);
		if (CHECK_INT(tokens.count, 1))
			CHECK_INT(tokens.items[0].expires_at, NOW + 86400);
	}
	tap_end();
}

static void test_renewal(void)
{
	static const struct {
		int64_t fetched_at, expires_at;
		unsigned jitter, renew_at;
		int64_t renewal;
	} cases[] = {
	        {NOW, NOW + 43200, 0, 500, NOW + 21600},
	        {NOW, NOW + 43200, 100, 500, NOW + 25920},
	        {NOW, NOW + 43200, 37, 500, NOW + 23198},
	        {NOW, NOW + 43200, 0, 10, NOW + 432},
	        {NOW, NOW + 43200, 0, 900, NOW + 38880},
	        {NOW, NOW + 43200, 100, 900, NOW + 41040}, /* never later than 95 % of its life */
	        {NOW, NOW + 999, 0, 500, NOW + 499},
	        {NOW, NOW + 1, 0, 500, NOW},
	        {NOW, NOW + 1999, 1, 500, NOW + 1001},
	        {NOW, NOW, 0, 500, NOW},            /* expires at once */
	        {NOW + 60, NOW, 100, 500, NOW},     /* fetched later than it expires */
	        {0, NOW + 10, 0, 500, NOW / 2 + 5}, /* unknown fetch time: due now */
	        {0, INT64_C(253402300799), 100, 900, INT64_C(240732185759)},
	        {INT64_C(-62167219200), INT64_C(253402300799), 0, 500, INT64_C(95617540799)},
	};

	tap_begin("renewal is at renew_at plus the jitter, per mille of the life");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct token t = {.fetched_at = cases[i].fetched_at,
		        .expires_at = cases[i].expires_at,
		        .jitter = cases[i].jitter};

		CHECK_INT(token_renewal(&t, cases[i].renew_at), cases[i].renewal);
	}
	tap_end();
}

/* For all times that a file can have, compared with arithmetic that cannot overflow. */
static void test_renewal_exactly(void)
{
	static const int64_t times[] = {INT64_C(-62167219200), -1, 0, 1, 999, 1000, NOW - 43201,
	        NOW, NOW + 43199, INT64_C(253402300799)};
	static const unsigned parts[] = {0, 1, 10, 99, 100, 500, 900, 1000};
	size_t wrong = 0;

	tap_begin("renewal is exact for the first and the last possible year");
	for (size_t f = 0; f < ARRAY_SIZE(times); f++)
		for (size_t e = f + 1; e < ARRAY_SIZE(times); e++)
			for (size_t j = 0; j < ARRAY_SIZE(parts); j++)
				for (size_t r = 0; r < ARRAY_SIZE(parts); r++) {
					struct token t = {.fetched_at = times[f],
					        .expires_at = times[e],
					        .jitter = parts[j]};
					__int128 life = (__int128)times[e] - times[f];
					unsigned at = parts[r] + parts[j];

					if (at > 950)
						at = 950;

					wrong += token_renewal(&t, parts[r]) !=
					         times[f] + life * at / 1000;
				}
	CHECK_INT(wrong, 0);
	tap_end();
}

static void test_find(void)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	struct token_key key = {.identity = "prod", .service = SERVICE_ECR};
	const struct partition *aws = partition_by_name("aws");

	add(&tokens, ""); /* auto */
	place(add(&tokens, ""), SERVICE_ECR, "eu-central-1");
	place(add(&tokens, "prod"), SERVICE_ECR, "eu-central-1");
	place(add(&tokens, "prod"), SERVICE_ECR, "us-east-1");
	place(add(&tokens, "prod"), SERVICE_ECR_PUBLIC, "us-east-1");

	tap_begin("each token is found by its key");
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *t = &tokens.items[i];
		struct token_key own = {
		        .identity = t->identity, .service = t->service, .partition = t->partition};

		strcpy(own.region, t->region);
		CHECK(tokens_find(&tokens, &own) == t);
	}
	tap_end();

	tap_begin("no other key finds a token");
	CHECK(!tokens_find(&tokens, &key)); /* auto, of another identity */
	key.partition = aws;
	strcpy(key.region, "eu-west-1");
	CHECK(!tokens_find(&tokens, &key));
	strcpy(key.region, "us-east-1");
	CHECK(tokens_find(&tokens, &key));
	key.identity = "Prod";
	CHECK(!tokens_find(&tokens, &key));
	key.identity = "";
	CHECK(!tokens_find(&tokens, &key));
	key.identity = "prod";
	key.partition = partition_by_name("aws-cn");
	CHECK(!tokens_find(&tokens, &key));
	CHECK(!tokens_find(&(struct tokens){}, &key));
	tap_end();
}

int main(void)
{
	test_round_trips();
	test_settings();
	test_sizes();
	test_malformed();
	test_odd();
	test_check();
	test_limits();
	test_lenient();
	test_bad_settings();
	test_bad_jitter();
	test_validity();
	test_life();
	test_longest_life();
	test_renewal();
	test_renewal_exactly();
	test_find();
	return tap_finish();
}

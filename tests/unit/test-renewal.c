/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether a run of the fetcher has anything to do. */
#include "fetch/renewal.h"

#include "base/alloc.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "tap.h"

#define NOW INT64_C(1795261200) /* 2026-11-21T11:40:00Z */
#define A "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
#define B "222222222222.dkr.ecr.us-east-1.amazonaws.com"

#define TOKEN(region, members)                                                                     \
	"{\"identity\":\"\",\"settings\":\"\",\"service\":\"ecr\",\"partition\":\"aws\","          \
	"\"region\":\"" region "\"," members "}"
#define AUTO(members) "{\"identity\":\"\",\"settings\":\"\",\"service\":\"ecr\"," FRESH members "}"
#define FETCHED(at, expires)                                                                       \
	"\"authorization\":\"QVdTOmE=\",\"fetched_at\":\"" at "\",\"expires_at\":\"" expires       \
	"\",\"jitter\":0"
#define FRESH FETCHED("2026-11-21T11:00:00Z", "2026-11-21T23:00:00Z")
#define HALF_GONE FETCHED("2026-11-21T05:40:00Z", "2026-11-21T17:40:00Z")
#define NOT_QUITE_HALF FETCHED("2026-11-21T05:40:02Z", "2026-11-21T17:40:02Z")
#define A_MINUTE_AHEAD FETCHED("2026-11-21T11:41:00Z", "2026-11-21T23:41:00Z")
#define AHEAD FETCHED("2026-11-24T11:40:00Z", "2026-11-24T23:40:00Z")
#define FOR_TEN_YEARS FETCHED("2026-11-20T22:40:00Z", "2036-11-21T11:40:00Z")
#define FAILURE ",\"failure\":{\"at\":\"2026-11-21T11:39:00Z\",\"code\":\"x\",\"text\":\"no\"}"

static const struct {
	const char *name;
	const char *ini;
	const char *tokens;
	bool nothing;
	const char *only; /* a user, or NULL */
} cases[] = {
        {"nothing is configured", "", "", true},
        {"nothing is configured, but a token is left", "", TOKEN("eu-central-1", FRESH), false},
        {"no token yet", "[user a]\nregistries = " A "\n", "", false},
        {"a fresh token", "[user a]\nregistries = " A "\n", TOKEN("eu-central-1", FRESH), true},
        {"half of its life is gone", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", HALF_GONE), false},
        {"a second before that", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", NOT_QUITE_HALF), true},
        {"the ini's renew_at", "[refresh]\nrenew_at = 60%\n[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", HALF_GONE), true},
        {"a token fetched by a clock three days ahead", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", AHEAD), false},
        {"a clock that is a little ahead", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", A_MINUTE_AHEAD), true},
        {"half a day of a token with an expiry in ten years", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", FOR_TEN_YEARS), false},
        {"a fresh token, and a later failure", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", FRESH FAILURE), false},
        {"a token of another section", "[aws]\nprofile = prod\n[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", FRESH), false},
        {"one of two is missing", "[user a]\nregistries = " A " " B "\n",
                TOKEN("eu-central-1", FRESH), false},
        {"two of two", "[user a]\nregistries = " A " " B "\n",
                TOKEN("us-east-1", FRESH) "," TOKEN("eu-central-1", FRESH), true},
        {"an unneeded token", "[user a]\nregistries = " A "\n",
                TOKEN("us-east-1", FRESH) "," TOKEN("eu-central-1", FRESH), false},
        {"a run for one user, whose tokens are fresh",
                "[user a]\nregistries = " A "\n[user b]\nregistries = " B "\n",
                TOKEN("us-east-1", HALF_GONE) "," TOKEN("eu-central-1", FRESH), true, "a"},
        {"a run for one user, whose token is missing",
                "[user a]\nregistries = " A "\n[user b]\nregistries = " B "\n",
                TOKEN("us-east-1", HALF_GONE) "," TOKEN("eu-central-1", FRESH), false, "b"},
        {"auto", "[user a]\nregistries = auto\n", AUTO(",\"auto_host\":\"" A "\""), true},
        {"auto, whose host ECR has not returned", "[user a]\nregistries = auto\n", AUTO(""), false},
};

static void run_case(size_t i)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(config_done) struct config config = {};
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(plan_done) struct plan plan = {};
	_cleanup_(freep) char *json = xasprintf("{\"version\":1,\"tokens\":[%s]}", cases[i].tokens);
	char *users[] = {(char *)cases[i].only};
	struct fetch_options options = {.users = users, .n_users = cases[i].only ? 1 : 0};
	struct reason reason = {};

	tap_begin("%s", cases[i].name);
	CHECK_INT(config_parse(cases[i].ini, strlen(cases[i].ini), "x", NULL, &config, &errors), 0);
	if (!CHECK_INT(tokens_parse(json, strlen(json), &tokens, &reason), 0))
		printf("# %s\n", reason.text);
	plan_make(&config, options.users, options.n_users, &plan);
	CHECK_INT(renewal_none_due(&config, &plan, &options, &tokens, NOW), cases[i].nothing);
	tap_end();
}

static void absent_case(void)
{
	_cleanup_(tokens_done) struct tokens tokens = {};
	static const char json[] = "{\"version\":1,\"tokens\":[" TOKEN("eu-central-1", FRESH) "]}";
	const struct config config = {.is_absent = true};
	const struct fetch_options options = {};
	const struct plan plan = {};
	struct reason reason = {};

	tap_begin("without an ini all tokens are kept");
	CHECK_INT(tokens_parse(json, strlen(json), &tokens, &reason), 0);
	CHECK(renewal_none_due(&config, &plan, &options, &tokens, NOW));
	tap_end();
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run_case(i);
	absent_case();
	return tap_finish();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The line that systemctl status shows. */

#include <time.h>

#include "base/alloc.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "status/status-judge.h"
#include "tap.h"

#define NOW INT64_C(1795261200) /* 2026-11-21T11:40:00Z */
#define A "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
#define B "222222222222.dkr.ecr.eu-central-1.amazonaws.com"
#define C "111111111111.dkr.ecr.us-east-1.amazonaws.com"

#define TOKEN(region, members)                                                                     \
	"{\"identity\":\"\",\"service\":\"ecr\",\"partition\":\"aws\",\"region\":\"" region        \
	"\"," members "}"
/* Renewed after half of its 12 hours plus a tenth of them. */
#define FETCHED(at, expires)                                                                       \
	"\"authorization\":\"QVdTOnMzY3IzdA==\",\"fetched_at\":\"" at                              \
	"\",\"expires_at\":\"" expires "\",\"jitter\":100"
#define FRESH FETCHED("2026-11-21T11:00:00Z", "2026-11-21T23:00:00Z")
#define FRESHER FETCHED("2026-11-21T11:30:00Z", "2026-11-21T23:30:00Z")
#define LATE FETCHED("2026-11-21T11:30:00Z", "2026-11-22T11:30:00Z")
#define EXPIRED FETCHED("2026-11-20T11:00:00Z", "2026-11-20T23:00:00Z")
#define FAILURE(text)                                                                              \
	"\"failure\":{\"at\":\"2026-11-21T11:39:00Z\",\"code\":\"x\",\"text\":\"" text "\"}"
#define FILE_OF(user, members)                                                                     \
	"{\"user\":\"" user "\",\"file\":\"~/.docker/config.json\"" members "}"
#define HAS(entries) ",\"entries\":[" entries "]"
#define ENTRY(host) "{\"host\":\"" host "\",\"hash\":\"6026424794b49df6\"}" /* of the token */
#define BROKEN(text) ",\"code\":\"EACCES\",\"text\":\"" text "\""

static const struct {
	const char *name;
	const char *ini;
	const char *tokens;
	const char *record;
	const char *text;
} cases[] = {
        {"nothing is configured", "[aws]\nregion = eu-central-1\n", "", "", "Nothing configured"},
        {"nothing is configured, but state remains", "", TOKEN("eu-central-1", FRESH),
                FILE_OF("a", BROKEN("no")), "Nothing configured"},
        {"one of each", "[user a]\nregistries = " A "\n", TOKEN("eu-central-1", FRESH),
                FILE_OF("a", HAS(ENTRY(A))), "1 user, 1 registry fresh, next renewal 19:12"},
        {"the earliest renewal of several registries",
                "[user a]\nregistries = " A " " B "\n[user b]\nregistries = " A " " C "\n",
                TOKEN("eu-central-1", FRESHER) "," TOKEN("us-east-1", FRESH),
                FILE_OF("a", HAS(ENTRY(A) "," ENTRY(B))) "," FILE_OF(
                        "b", HAS(ENTRY(A) "," ENTRY(C))),
                "2 users, 3 registries fresh, next renewal 19:12"},
        {"tokens in another order", "[user a]\nregistries = " C " " A "\n",
                TOKEN("eu-central-1", FRESHER) "," TOKEN("us-east-1", FRESH),
                FILE_OF("a", HAS(ENTRY(A) "," ENTRY(C))),
                "1 user, 2 registries fresh, next renewal 19:12"},
        {"a renewal on another day", "[user a]\nregistries = " A "\n", TOKEN("eu-central-1", LATE),
                FILE_OF("a", HAS(ENTRY(A))), "1 user, 1 registry fresh, next renewal Nov 22 02:54"},
        {"a token that no section uses is ignored", "[user a]\nregistries = " A "\n",
                TOKEN("us-east-1", FRESH) "," TOKEN("eu-central-1", FRESHER),
                FILE_OF("a", HAS(ENTRY(A))), "1 user, 1 registry fresh, next renewal 19:42"},
        {"no token yet", "[user a]\nregistries = " A "\n", "", FILE_OF("a", ""),
                "1 user, 1 of 1 registries not fetched yet: 'ecr-refresher refresh' does it now"},
        {"no token yet, and no run", "[user a]\nregistries = " A " " B "\n", "", "",
                "1 user, 2 of 2 registries not fetched yet: 'ecr-refresher refresh' does it now; "
                "1 file not written yet"},
        {"a token that is not yet in the file", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", FRESH), FILE_OF("a", ""),
                "1 user, 1 registry fresh, next renewal 19:12; 1 file not written yet"},
        {"an expired token, and no run since", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", EXPIRED), FILE_OF("a", HAS(ENTRY(A))),
                "1 user, 1 of 1 registries failed: the token has expired, and no run has renewed "
                "it; 'ecr-refresher check' shows why"},
        {"no token, with the reason", "[user a]\nregistries = " A " " B "\n",
                TOKEN("eu-central-1", FAILURE("no key")), FILE_OF("a", ""),
                "1 user, 2 of 2 registries failed: no key"},
        {"an expired token, with the reason", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", EXPIRED "," FAILURE("denied")), FILE_OF("a", ""),
                "1 user, 1 of 1 registries failed: denied"},
        {"a valid token, with the reason of a failed renewal",
                "[user a]\nregistries = " A " " C "\n",
                TOKEN("eu-central-1", FRESH "," FAILURE("denied")) "," TOKEN("us-east-1", FRESH),
                FILE_OF("a", HAS(ENTRY(A) "," ENTRY(C))),
                "1 user, 1 of 2 registries failed: denied"},
        {"a failed file", "[user a]\nregistries = " A "\n", TOKEN("eu-central-1", FRESH),
                FILE_OF("a", BROKEN("/x: no")) "," FILE_OF("b", ""),
                "1 user, 1 file failed: /x: no"},
        {"several failed files, with the reason of the first", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", FRESH),
                FILE_OF("a", HAS(ENTRY(A))) "," FILE_OF("b", BROKEN("/x: no")) "," FILE_OF(
                        "c", BROKEN("/y: no")),
                "1 user, 2 files failed: /x: no"},
        {"the reason of a registry before that of a file", "[user a]\nregistries = " A "\n",
                TOKEN("eu-central-1", FAILURE("no key")), FILE_OF("a", BROKEN("/x: no")),
                "1 user, 1 of 1 registries and 1 file failed: no key"},
        {"auto is one registry", "[user a]\nregistries = auto " A "\n",
                "{\"identity\":\"\",\"service\":\"ecr\"," FRESH ",\"auto_host\":\"" B
                "\"}," TOKEN("eu-central-1", FRESH),
                FILE_OF("a", HAS(ENTRY(A) "," ENTRY(B))),
                "1 user, 2 registries fresh, next renewal 19:12"},
        {"auto and its name are one registry", "[user a]\nregistries = auto " A "\n",
                "{\"identity\":\"\",\"service\":\"ecr\"," FRESH ",\"auto_host\":\"" A
                "\"}," TOKEN("eu-central-1", FRESH),
                FILE_OF("a", HAS(ENTRY(A))), "1 user, 1 registry fresh, next renewal 19:12"},
};

static void run_case(size_t i)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(config_done) struct config config = {};
	_cleanup_(tokens_done) struct tokens tokens = {};
	_cleanup_(written_done) struct written record = {};
	_cleanup_(freep) char *t = xasprintf("{\"version\":1,\"tokens\":[%s]}", cases[i].tokens);
	_cleanup_(freep) char *r = xasprintf("{\"version\":1,\"files\":[%s]}", cases[i].record);
	_cleanup_(status_done) struct status status = {};

	CHECK_INT(config_parse(cases[i].ini, strlen(cases[i].ini), "x", NULL, &config, &errors), 0);
	CHECK_INT(tokens_parse(t, strlen(t), &tokens, NULL), 0);
	CHECK_INT(written_parse(r, strlen(r), &record, NULL), 0);
	status_make(&config, &tokens, &record, NULL, 0, &status);
	status_judge(&status, NOW);
	CHECK_STRING(status.summary, cases[i].text);
	CHECK(!strstr(status.summary, "QVdT"));
}

#define CLUSTER(name) "[kubernetes " name "]\nregistries = " A "\nnamespaces = team-a\n"

static void test_clusters(void)
{
	static const struct {
		const char *name, *ini, *section, *text;
		size_t failed;
	} with[] = {
	        {"a cluster without users", CLUSTER("prod"), "\"name\":\"prod\"",
	                "1 cluster, 1 registry fresh, next renewal 19:12", 0},
	        {"clusters and users", "[user a]\nregistries = " A "\n" CLUSTER("x") CLUSTER("y"),
	                "\"name\":\"x\"",
	                "1 user, 2 clusters, 1 registry fresh, next renewal 19:12; 1 file not "
	                "written yet; 1 cluster not served yet",
	                0},
	        {"a failed cluster", CLUSTER("x") CLUSTER("y"),
	                "\"name\":\"y\",\"code\":\"unreachable\",\"text\":\"no route\"",
	                "2 clusters, 1 of 2 clusters failed: no route; 1 cluster not served yet",
	                1},
	        {"a cluster with expired tokens", CLUSTER("x"),
	                "\"name\":\"x\",\"expires_at\":\"2026-11-21T11:00:00Z\"",
	                "1 cluster, 1 of 1 clusters failed: the tokens in [kubernetes x] have "
	                "expired; 'ecr-refresher check' shows why",
	                1},
	        {"an unconfigured cluster is ignored", CLUSTER("x"),
	                "\"name\":\"y\",\"code\":\"unreachable\",\"text\":\"no route\"",
	                "1 cluster, 1 registry fresh, next renewal 19:12; 1 cluster not served "
	                "yet",
	                0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(with); i++) {
		_cleanup_(config_errors_done) struct config_errors errors = {};
		_cleanup_(config_done) struct config config = {};
		_cleanup_(tokens_done) struct tokens tokens = {};
		_cleanup_(published_done) struct published published = {};
		_cleanup_(freep) char *p = xasprintf("{\"version\":1,\"sections\":[{\"kind\":"
		                                     "\"kubernetes\",%s,\"targets\":[]}]}",
		        with[i].section);
		_cleanup_(status_done) struct status status = {};
		static const char t[] =
		        "{\"version\":1,\"tokens\":[" TOKEN("eu-central-1", FRESH) "]}";
		struct written record = {};

		tap_begin("%s", with[i].name);
		CHECK_INT(
		        config_parse(with[i].ini, strlen(with[i].ini), "x", NULL, &config, &errors),
		        0);
		CHECK_INT(tokens_parse(t, strlen(t), &tokens, NULL), 0);
		CHECK_INT(published_parse(p, strlen(p), &published, NULL), 0);
		status_make(&config, &tokens, &record, NULL, 0, &status);
		status_add_published(&status, &config, &published);
		status_judge(&status, NOW);
		CHECK_STRING(status.summary, with[i].text);
		CHECK_INT(status.counts.failed_clusters, with[i].failed);
		CHECK_INT(status.has_failed, with[i].failed > 0);
		tap_end();
	}
}

int main(void)
{
	setenv("TZ", "UTC-1", 1); /* an hour ahead, as Berlin is in winter */
	tzset();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_begin("%s", cases[i].name);
		run_case(i);
		tap_end();
	}
	test_clusters();
	return tap_finish();
}

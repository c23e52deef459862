/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests to a Rancher server, with their order and bodies. A scripted dialogue replaces the
 * network.
 */
#include "publish/rancher/rancher.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "http/http.h"
#include "tap.h"

#define URL "https://rancher.example.com"
#define HOST "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
#define PASSWORD "eyJwYXlsb2FkIjoic2VjcmV0In0="
#define PROJECT "/v1/projects/1a5/"
#define REGISTRIES "GET " URL PROJECT "registries?limit=100"
#define CREDENTIALS "GET " URL PROJECT "registrycredentials?limit=100"
#define LIST(rows) "{\"data\":[" rows "],\"pagination\":null}"
#define REGISTRY "{\"id\":\"1sp1\",\"state\":\"active\",\"serverAddress\":\"" HOST "\"}"
#define CREDENTIAL(state) "{\"id\":\"1c1\",\"registryId\":\"1sp1\",\"state\":\"" state "\"}"
#define FIELDS                                                                                     \
	"\"publicValue\":\"AWS\",\"secretValue\":\"" PASSWORD "\",\"email\":\"none@localhost\""
#define V3 URL "/v3/project/c-a:p-b/dockerCredentials"
#define OBJECT                                                                                     \
	"{\"type\":\"dockerCredential\",\"name\":\"ecr\",\"labels\":{\"app.kubernetes.io/"         \
	"managed-by\":\"ecr-refresher\"},\"registries\":{\"" HOST                                  \
	"\":{\"username\":\"AWS\",\"password\":\"" PASSWORD "\"}}}"

struct line {
	const char *request; /* "GET URL" */
	const char *body;    /* that is sent; NULL: none */
	long status;         /* 0: the connection fails */
	const char *reply;
};

static const struct line *play;
static size_t position;

int __wrap_http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason);

int __wrap_http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason)
{
	_cleanup_(freep) char *asked = xasprintf("%s %s", request->method, request->url);
	const struct line *l = &play[position];

	if (!l->request) {
		tap_check(false, __FILE__, __LINE__, "an unexpected request: %s", asked);
		return reason_set(ret_reason, ENETUNREACH, "play", "it is over");
	}
	position++;
	CHECK_STRING(asked, l->request);
	CHECK_INT(request->body != NULL, l->body != NULL);
	if (request->body && l->body)
		CHECK_STRING((const char *)request->body, l->body);
	CHECK(request->session && request->deadline > 0);
	if (l->status == 0)
		return reason_set(ret_reason, ENETUNREACH, "no-connection", "connection refused");
	*ret = (struct http_reply){.status = l->status};
	secret_set_string(&ret->body, l->reply ? l->reply : "");
	return 0;
}

static const struct {
	const char *name;
	const char *sink_run; /* of the ini, without registries and keys */
	struct line lines[10];
	int error;        /* the sink's */
	const char *code; /* of the target's failure or the section's; "" for none */
	const char *uid;
} cases[] = {
        {"an active credential is updated", "url = " URL "/v1/projects/1a5",
                {{REGISTRIES, NULL, 200, LIST(REGISTRY)},
                        {CREDENTIALS, NULL, 200, LIST(CREDENTIAL("active"))},
                        {"PUT " URL PROJECT "registrycredentials/1c1", "{" FIELDS "}", 200,
                                CREDENTIAL("active")}},
                0, ""},
        {"an inactive one is activated", "url = " URL "/v1/projects/1a5",
                {{REGISTRIES, NULL, 200, LIST(REGISTRY)},
                        {CREDENTIALS, NULL, 200, LIST(CREDENTIAL("inactive"))},
                        {"PUT " URL PROJECT "registrycredentials/1c1", "{" FIELDS "}", 200,
                                CREDENTIAL("updating-inactive")},
                        {"POST " URL PROJECT "registrycredentials/1c1?action=activate", "{}", 202,
                                CREDENTIAL("activating")}},
                0, ""},
        {"one that another client activated is active", "url = " URL "/v1/projects/1a5",
                {{REGISTRIES, NULL, 200, LIST(REGISTRY)},
                        {CREDENTIALS, NULL, 200, LIST(CREDENTIAL("inactive"))},
                        {"PUT " URL PROJECT "registrycredentials/1c1", "{" FIELDS "}", 200,
                                CREDENTIAL("inactive")},
                        {"POST " URL PROJECT "registrycredentials/1c1?action=activate", "{}", 422,
                                "{\"code\":\"ActionNotAvailable\"}"},
                        {"GET " URL PROJECT "registrycredentials/1c1", NULL, 200,
                                CREDENTIAL("active")}},
                0, ""},
        {"registry and credential are created", "url = " URL "/v1\nprojects = 1a5\ncreate = yes",
                {{REGISTRIES, NULL, 200, LIST("")}, {CREDENTIALS, NULL, 200, LIST("")},
                        {"POST " URL PROJECT "registries", "{\"serverAddress\":\"" HOST "\"}", 201,
                                REGISTRY},
                        {"POST " URL PROJECT "registrycredentials",
                                "{\"registryId\":\"1sp1\"," FIELDS "}", 201,
                                CREDENTIAL("registering")}},
                0, ""},
        {"a registry that another client created meanwhile is found",
                "url = " URL "/v1\nprojects = 1a5\ncreate = yes",
                {{REGISTRIES, NULL, 200, LIST("")}, {CREDENTIALS, NULL, 200, LIST("")},
                        {"POST " URL PROJECT "registries", "{\"serverAddress\":\"" HOST "\"}", 400,
                                "{\"code\":\"ServerAddressUsed\"}"},
                        {REGISTRIES, NULL, 200, LIST(REGISTRY)},
                        {"POST " URL PROJECT "registrycredentials",
                                "{\"registryId\":\"1sp1\"," FIELDS "}", 201,
                                CREDENTIAL("registering")}},
                0, ""},
        {"a link to the next page leads nowhere else", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 200,
                         "{\"data\":[],\"pagination\":{\"next\":\"http://evil.example/x?"
                         "marker=m2\"}}"},
                        {"GET " URL PROJECT "registries?marker=m2", NULL, 200, LIST(REGISTRY)},
                        {CREDENTIALS, NULL, 200, LIST(CREDENTIAL("active"))},
                        {"PUT " URL PROJECT "registrycredentials/1c1", "{" FIELDS "}", 200,
                                CREDENTIAL("active")}},
                0, ""},
        {"pages that form a circle end", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 200,
                        "{\"data\":[],\"pagination\":{\"next\":\"http://x/?limit=100\"}}"}},
                0, "bad-reply"},
        {"a token that is too long", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 200, LIST(REGISTRY)},
                        {CREDENTIALS, NULL, 200, LIST(CREDENTIAL("active"))},
                        {"PUT " URL PROJECT "registrycredentials/1c1", "{" FIELDS "}", 422,
                                "{\"code\":\"MaxLengthExceeded\","
                                "\"fieldName\":\"secretValue\"}"}},
                0, "token-too-long"},
        {"a server that repeats the token", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 200, LIST(REGISTRY)},
                        {CREDENTIALS, NULL, 200, LIST(CREDENTIAL("active"))},
                        {"PUT " URL PROJECT "registrycredentials/1c1", "{" FIELDS "}", 422,
                                "{\"code\":\"" PASSWORD "\",\"fieldName\":\"" PASSWORD
                                "\",\"message\":\"bad " PASSWORD "\"}"}},
                0, "HTTP 422"},
        {"an unreachable server fails the section", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 0}}, -ECOMM, "no-connection"},
        {"unknown keys fail the section", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 401, "{\"code\":\"Unauthorized\"}"}}, -ECOMM, "Unauthorized"},
        {"so does a server that fails", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 503, "<html>"}}, -EREMOTEIO, "HTTP 503"},
        {"the server is asked for its API if the url has none", "url = " URL,
                {{"GET " URL "/", NULL, 200, LIST("{\"id\":\"v1\"}")},
                        {"GET " URL "/v1/projects?limit=100", NULL, 200,
                                LIST("{\"id\":\"1a5\",\"state\":\"active\"}")},
                        {REGISTRIES, NULL, 200, LIST(REGISTRY)},
                        {CREDENTIALS, NULL, 200, LIST(CREDENTIAL("active"))},
                        {"PUT " URL PROJECT "registrycredentials/1c1", "{" FIELDS "}", 200,
                                CREDENTIAL("active")}},
                0, ""},
        {"a server fails when asked why it refused",
                "url = " URL "/v3\nprojects = c-a:p-b\nsecret = ecr",
                {{"GET " V3 "?limit=100", NULL, 403, "{\"code\":\"Forbidden\"}"},
                        {"GET " URL "/v3/projects?limit=100", NULL, 503, "<html>"}},
                0, "Forbidden"},
        {"an object of Rancher 2 is created", "url = " URL "/v3\nprojects = c-a:p-b\nsecret = ecr",
                {{"GET " V3 "?limit=100", NULL, 200, LIST("")},
                        {"POST " V3, OBJECT, 201, "{\"id\":\"p-b:ecr\"}"}},
                0, "", "p-b:ecr"},
        {"one with our label is replaced", "url = " URL "/v3\nprojects = c-a:p-b\nsecret = ecr",
                {{"GET " V3 "?limit=100", NULL, 200,
                         LIST("{\"id\":\"p-b:ecr\",\"name\":\"ecr\",\"labels\":{\"app.kubernetes."
                              "io/managed-by\":\"ecr-refresher\"},\"registries\":{\"x\":{}}}")},
                        {"PUT " V3 "/p-b:ecr", OBJECT, 200, "{\"id\":\"p-b:ecr\"}"}},
                0, ""},
        {"one with other registries is not", "url = " URL "/v3\nprojects = c-a:p-b\nsecret = ecr",
                {{"GET " V3 "?limit=100", NULL, 200,
                        LIST("{\"id\":\"p-b:ecr\",\"name\":\"ecr\","
                             "\"registries\":{\"x\":{}}}")}},
                0, "not-ours"},
        {"one without a map of registries is not",
                "url = " URL "/v3\nprojects = c-a:p-b\nsecret = ecr",
                {{"GET " V3 "?limit=100", NULL, 200,
                        LIST("{\"id\":\"p-b:ecr\",\"name\":\"ecr\"}")}},
                0, "not-ours"},
};

static void parse(const char *sink_run, struct config *ret)
{
	_cleanup_(freep) char *ini =
	        xasprintf("[rancher prod]\n%s\nregistries = " HOST "\n", sink_run);
	struct config_errors errors = {};

	if (!CHECK_INT(config_parse(ini, strlen(ini), "test.ini", NULL, ret, &errors), 0))
		abort();
}

enum way { CHANGED, UNCHANGED, DRY };

/* Runs the sink once with the old record, and returns its result. */
static int publish(const struct config *config, const struct published_section *old,
        struct published_section *fresh, enum way way)
{
	_secret_ struct secret authorization = {};
	struct sink_token token = {.host = HOST,
	        .authorization = &authorization,
	        .username = "AWS",
	        .password = PASSWORD,
	        .expires_at = 2000000000};
	struct sink_run sink_run = {.tokens = &token,
	        .n_tokens = 1,
	        .now = 1900000000,
	        .is_unchanged = way == UNCHANGED,
	        .is_dry = way == DRY,
	        .deadline = monotonic_now() + 5 * USEC_PER_SEC,
	        .old = old,
	        .fresh = fresh};

	secret_set_string(&authorization, "QVdTOnNlY3JldA==");
	position = 0;
	return rancher_publish(&config->sinks[0], &sink_run);
}

static const struct reason *failure_of(const struct published_section *s)
{
	if (s->failure.code[0] || s->n_targets == 0)
		return &s->failure;
	return &s->targets[0].failure;
}

static void check_case(size_t i)
{
	static const struct line nothing[1];
	_cleanup_(config_done) struct config config = {};
	_cleanup_(published_section_done) struct published_section none = {}, fresh = {},
	                                                           again = {};
	size_t n = 0;

	parse(cases[i].sink_run, &config);
	play = cases[i].lines;
	while (play[n].request)
		n++;
	CHECK_INT(publish(&config, &none, &fresh, CHANGED), cases[i].error);
	CHECK_INT((long long)position, (long long)n);
	CHECK_STRING(failure_of(&fresh)->code, cases[i].code);
	CHECK(!strstr(failure_of(&fresh)->text, PASSWORD));
	if (!CHECK(fresh.n_targets == 1) || *cases[i].code)
		return;
	CHECK(fresh.targets[0].hash != 0 && fresh.targets[0].published_at == 1900000000);
	if (cases[i].uid)
		CHECK_STRING(fresh.targets[0].uid, cases[i].uid);
	if (!strstr(cases[i].sink_run, "1a5") && !strstr(cases[i].sink_run, "projects"))
		return; /* finds new environments */
	play = nothing;
	CHECK_INT(publish(&config, &fresh, &again, UNCHANGED), 0);
	CHECK(again.n_targets == 1 && again.targets[0].hash == fresh.targets[0].hash);
}

static const struct {
	const char *name;
	const char *sink_run;
	struct line lines[4];
	const char *code;
} dry[] = {
        {"a credential", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 200, LIST(REGISTRY)},
                        {CREDENTIALS, NULL, 200, LIST(CREDENTIAL("active"))}},
                ""},
        {"a registry that would be created", "url = " URL "/v1\nprojects = 1a5\ncreate = yes",
                {{REGISTRIES, NULL, 200, LIST("")}, {CREDENTIALS, NULL, 200, LIST("")}}, ""},
        {"a registry that is missing", "url = " URL "/v1\nprojects = 1a5",
                {{REGISTRIES, NULL, 200, LIST("")}, {CREDENTIALS, NULL, 200, LIST("")}},
                "no-registry"},
        {"an object that may be created", "url = " URL "/v3\nprojects = c-a:p-b",
                {{"GET " V3 "?limit=100", NULL, 200,
                        "{\"data\":[],\"createTypes\":{\"dockerCredential\":\"https://x\"}}"}},
                ""},
        {"an object that may not be created", "url = " URL "/v3\nprojects = c-a:p-b",
                {{"GET " V3 "?limit=100", NULL, 200, "{\"data\":[],\"createTypes\":{}}"}},
                "Forbidden"},
        {"an object that may be changed", "url = " URL "/v3\nprojects = c-a:p-b\nsecret = ecr",
                {{"GET " V3 "?limit=100", NULL, 200,
                        LIST("{\"id\":\"p-b:ecr\",\"name\":\"ecr\",\"registries\":{},"
                             "\"links\":{\"update\":\"https://x\"}}")}},
                ""},
        {"an object that may not be changed", "url = " URL "/v3\nprojects = c-a:p-b\nsecret = ecr",
                {{"GET " V3 "?limit=100", NULL, 200,
                        LIST("{\"id\":\"p-b:ecr\",\"name\":\"ecr\",\"registries\":{},"
                             "\"links\":{}}")}},
                "Forbidden"},
};

static void check_dry(size_t i)
{
	_cleanup_(config_done) struct config config = {};
	_cleanup_(published_section_done) struct published_section none = {}, fresh = {};
	size_t n = 0;

	parse(dry[i].sink_run, &config);
	play = dry[i].lines;
	while (play[n].request)
		n++;
	CHECK_INT(publish(&config, &none, &fresh, DRY), 0);
	CHECK_INT((long long)position, (long long)n);
	CHECK_STRING(failure_of(&fresh)->code, dry[i].code);
}

int main(void)
{
	setenv("CATTLE_ACCESS_KEY", "ACCESS", true);
	setenv("CATTLE_SECRET_KEY", "SECRET", true);
	http_setup();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tap_begin("%s", cases[i].name);
		check_case(i);
		tap_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(dry); i++) {
		tap_begin("a check changes nothing: %s", dry[i].name);
		check_dry(i);
		tap_end();
	}
	return tap_finish();
}

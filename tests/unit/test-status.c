/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output of `status`, as JSON and as a table: complete, well-formed for any name of a
 * directory, and without tokens.
 */
#include "status/status.h"

#include <errno.h>
#include <iconv.h>
#include <json-c/json.h>
#include <time.h>

#include "base/alloc.h"
#include "config/config-errors.h"
#include "config/config-parse.h"
#include "refresher/status-table.h"
#include "status/status-json.h"
#include "status/status-judge.h"
#include "tap.h"

#define NOW INT64_C(1795261200) /* 2026-11-21T11:40:00Z */
#define A "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
#define B "222222222222.dkr.ecr.us-east-1.amazonaws.com"
#define SECRET "QVdTOnMzY3IzdA=="
#define HASH "6026424794b49df6" /* written_hash() of SECRET */
#define WRITTEN(host) "{\"host\":\"" host "\",\"hash\":\"" HASH "\"}"

struct state {
	struct config config;
	struct tokens tokens;
	struct written record;
	struct status status;
	struct secret json, table, coloured;
};

#define PLAIN ((struct status_view){.now = NOW})
#define COLOURED ((struct status_view){.now = NOW, .table.colour = true})

static void state_done(struct state *s)
{
	status_done(&s->status);
	config_done(&s->config);
	tokens_done(&s->tokens);
	written_done(&s->record);
	secret_done(&s->json);
	secret_done(&s->table);
	secret_done(&s->coloured);
}

/* tokens, files: members of the lists in tokens.json and written.json. */
static void make(struct state *s, const char *ini, const char *tokens, const char *files)
{
	_cleanup_(config_errors_done) struct config_errors errors = {};
	_cleanup_(freep) char *t = xasprintf("{\"version\":1,\"tokens\":[%s]}", tokens);
	_cleanup_(freep) char *r = xasprintf("{\"version\":1,\"files\":[%s]}", files);

	CHECK_INT(config_parse(ini, strlen(ini), "x", NULL, &s->config, &errors), 0);
	CHECK_INT(tokens_parse(t, strlen(t), &s->tokens, NULL), 0);
	CHECK_INT(written_parse(r, strlen(r), &s->record, NULL), 0);
	status_make(&s->config, &s->tokens, &s->record, NULL, 0, &s->status);
	status_judge(&s->status, NOW);
	status_format_json(&s->status, 1, &s->json);
	status_table(&s->status, 1, &PLAIN, &s->table);
	status_table(&s->status, 1, &COLOURED, &s->coloured);
}

/* Uses the C library's converter, which is independent of our code. */
static bool is_utf8(const char *text)
{
	iconv_t converter = iconv_open("UTF-32", "UTF-8");
	char *in = (char *)text;
	size_t left = strlen(text);
	bool ok = converter != (iconv_t)-1;

	while (ok && left > 0) {
		char buffer[4096], *out = buffer;
		size_t room = sizeof(buffer);

		ok = iconv(converter, &in, &left, &out, &room) != (size_t)-1 || errno == E2BIG;
	}
	if (converter != (iconv_t)-1)
		iconv_close(converter);
	return ok;
}

/* Counts characters that a terminal would interpret, except line feeds. */
static size_t count_controls(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text < 0x20 && *text != '\n') || *text == 0x7f;
	return n;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		n++;
		text++;
	}
	return n;
}

/* Checks what is true of every status. Returns the JSON's object; the caller frees it. */
static struct json_object *check_form(const struct state *s)
{
	const char *json = secret_string(&s->json);
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *root;

	/* Not strict: json-c 0.18 would then refuse non-ASCII text (its issue 875). */
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, json, (int)s->json.size);
	CHECK_INT(json_tokener_get_error(tokener), json_tokener_success);
	CHECK_INT(json_tokener_get_parse_end(tokener), s->json.size);
	json_tokener_free(tokener);
	CHECK(is_utf8(json));
	CHECK(s->json.size > 0 && json[s->json.size - 1] == '\n' && count_lines(json) == 1);
	CHECK_INT(count_controls(secret_string(&s->table)), 0);
	CHECK(is_utf8(secret_string(&s->table)));
	CHECK(!strstr(json, SECRET) && !strstr(secret_string(&s->table), SECRET) &&
	        !strstr(secret_string(&s->coloured), SECRET));
	return root;
}

/* Returns the member at a path such as "registries.0.state", or "" if it does not exist. */
static const char *at(struct json_object *o, const char *path)
{
	_cleanup_(freep) char *copy = xstrdup(path);
	char *state = NULL;

	for (char *word = strtok_r(copy, ".", &state); word; word = strtok_r(NULL, ".", &state))
		o = json_object_is_type(o, json_type_array)
		            ? json_object_array_get_idx(o, (size_t)atoi(word))
		            : json_object_object_get(o, word);
	return o ? json_object_get_string(o) : "";
}

/* Makes the part of the status that root's writer saves for a user. */
static void make_for(struct state *s, const char *user, struct secret *ret)
{
	_cleanup_(status_done) struct status status = {};

	status_make(&s->config, &s->tokens, &s->record, (char *const *)&user, 1, &status);
	status_hide_identities(&status);
	status_format_for(&status, user, ret);
}

#define TOKEN(place, members) "{\"identity\":\"\",\"service\":\"ecr\"" place "," members "}"
#define IN(region) ",\"partition\":\"aws\",\"region\":\"" region "\""
#define GOOD                                                                                       \
	"\"authorization\":\"" SECRET "\",\"fetched_at\":\"2026-11-21T11:00:00Z\","                \
	"\"expires_at\":\"2026-11-21T23:00:00Z\",\"principal\":\"AKIDEXAMPLE\","                   \
	"\"provider\":\"environment\""
#define OLD                                                                                        \
	"\"authorization\":\"" SECRET "\",\"fetched_at\":\"2026-11-20T23:40:00Z\","                \
	"\"expires_at\":\"2026-11-21T11:40:00Z\""
#define FAILURE                                                                                    \
	"\"failure\":{\"at\":\"2026-11-21T11:39:00Z\",\"since\":\"2026-11-21T09:00:00Z\","         \
	"\"code\":\"AccessDeniedException\",\"text\":\"not \\\"allowed\\\"\"}"

static void test_nothing(void)
{
	_cleanup_(state_done) struct state s = {};
	struct json_object *root;

	tap_begin("nothing is configured");
	make(&s, "", "", "");
	root = check_form(&s);
	CHECK_STRING(secret_string(&s.table), "Nothing configured\n");
	CHECK_STRING(secret_string(&s.json),
	        "{\"version\":1,\"good\":true,\"summary\":\"Nothing configured\","
	        "\"registries\":[],\"files\":[],\"clusters\":[]}\n");
	json_object_put(root);
	tap_end();
}

static void test_states(void)
{
	static const struct {
		const char *name, *token, *state, *error;
		bool has_expiry, good;
	} cases[] = {
	        {"fresh", TOKEN(IN("eu-central-1"), GOOD), "fresh", "", true, true},
	        {"failing: a valid token, and a failed renewal",
	                TOKEN(IN("eu-central-1"), GOOD "," FAILURE), "failing",
	                "AccessDeniedException", true, false},
	        {"expired", TOKEN(IN("eu-central-1"), OLD), "expired", "", true, false},
	        {"expired, with the reason of a failed renewal",
	                TOKEN(IN("eu-central-1"), OLD "," FAILURE), "expired",
	                "AccessDeniedException", true, false},
	        {"missing", "", "missing", "", false, false},
	        {"missing, with the reason", TOKEN(IN("eu-central-1"), FAILURE), "missing",
	                "AccessDeniedException", false, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(state_done) struct state s = {};
		struct json_object *root;

		tap_begin("a registry is %s", cases[i].name);
		make(&s, "[user a]\nregistries = " A "\nfiles = ~/x\n", cases[i].token,
		        "{\"user\":\"a\",\"file\":\"~/x\",\"entries\":[" WRITTEN(A) "]}");
		root = check_form(&s);
		CHECK_STRING(at(root, "registries.0.registry"), A);
		CHECK_STRING(at(root, "registries.0.state"), cases[i].state);
		CHECK_STRING(at(root, "registries.0.error.code"), cases[i].error);
		CHECK_INT(*at(root, "registries.0.expires_at") != '\0', cases[i].has_expiry);
		CHECK_STRING(at(root, "good"), cases[i].good ? "true" : "false");
		CHECK(strstr(secret_string(&s.table), cases[i].state));
		CHECK_INT(strstr(secret_string(&s.table), "not \"allowed\"") != NULL,
		        *cases[i].error != '\0');
		json_object_put(root);
		tap_end();
	}
}

/* The file of one user, its record, and the resulting state. */
static void test_file_states(void)
{
	static const struct {
		const char *name, *token, *record, *state, *since;
	} cases[] = {
	        {"fresh: it contains a valid token", TOKEN(IN("eu-central-1"), GOOD),
	                ",\"entries\":[" WRITTEN(A) "]", "fresh", "10:00"},
	        {"fresh while the renewal fails", TOKEN(IN("eu-central-1"), GOOD "," FAILURE),
	                ",\"entries\":[" WRITTEN(A) "]", "fresh", "10:00"},
	        {"missing: no token yet", "", "", "missing", "10:00"},
	        {"missing: the fetch failed", TOKEN(IN("eu-central-1"), FAILURE), "", "missing",
	                "10:00"},
	        {"expired: it contains the expired token",
	                TOKEN(IN("eu-central-1"), OLD "," FAILURE), ",\"entries\":[" WRITTEN(A) "]",
	                "expired", "11:40"},
	        {"expired: the entry was removed", TOKEN(IN("eu-central-1"), OLD), "", "expired",
	                "11:40"},
	        {"pending: no entry was written", TOKEN(IN("eu-central-1"), GOOD), "", "pending",
	                "11:00"},
	        {"pending: it contains an older token", TOKEN(IN("eu-central-1"), GOOD),
	                ",\"entries\":[{\"host\":\"" A "\",\"hash\":\"1\"}]", "pending", "11:00"},
	        {"failed: it could not be written", TOKEN(IN("eu-central-1"), GOOD),
	                ",\"code\":\"EACCES\",\"text\":\"no\"", "failed", "10:00"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *files = xasprintf("{\"user\":\"a\",\"file\":\"~/x\","
		                                         "\"since\":\"2026-11-21T10:00:00Z\"%s}",
		        cases[i].record);
		_cleanup_(freep) char *row =
		        xasprintf("\na     ~/x   %-5s  %s\n", cases[i].state, cases[i].since);
		_cleanup_(freep) char *since = xasprintf("2026-11-21T%s:00Z", cases[i].since);
		_cleanup_(status_done) struct status part = {};
		_cleanup_(state_done) struct state s = {};
		_secret_ struct secret text = {};
		struct json_object *root;

		tap_begin("a file is %s", cases[i].name);
		make(&s, "[user a]\nregistries = " A "\nfiles = ~/x\n", cases[i].token, files);
		root = check_form(&s);
		CHECK_STRING(at(root, "files.0.state"), cases[i].state);
		CHECK_STRING(at(root, "files.0.since"), since);
		CHECK(strstr(secret_string(&s.table), row));
		/* The user sees the same state. */
		make_for(&s, "a", &text);
		CHECK_INT(status_parse(text.data, text.size, &part, NULL), 0);
		status_judge(&part, NOW);
		CHECK_STRING(part.files[0].state, cases[i].state);
		json_object_put(root);
		tap_end();
	}
}

/* One registry of two has a valid token: the other's entry does not make the file fresh. */
static void test_file_of_two(void)
{
	_cleanup_(state_done) struct state s = {};

	tap_begin("a file has the worst state of its own registries");
	make(&s,
	        "[user a]\nregistries = " A " " B "\nfiles = ~/x\n"
	        "[user b]\nregistries = " A "\nfiles = ~/y\n",
	        TOKEN(IN("eu-central-1"), GOOD) "," TOKEN(IN("us-east-1"), OLD),
	        "{\"user\":\"a\",\"file\":\"~/x\",\"entries\":[" WRITTEN(A) "," WRITTEN(
	                B) "]},"
	                   "{\"user\":\"b\",\"file\":\"~/y\",\"entries\":[" WRITTEN(A) "]}");
	CHECK_STRING(s.status.files[0].state, "expired");
	CHECK_STRING(s.status.files[1].state, "fresh");
	tap_end();
}

static void test_everything(void)
{
	static const char ini[] = "[aws prod]\nregion = us-east-1\n[registry " B "]\naws = prod\n"
	                          "[user a]\nregistries = auto " B "\n";
	static const char files[] =
	        "{\"user\":\"a\",\"file\":\"~/.docker/config.json\",\"path\":\"/home/a/x\","
	        "\"since\":\"2026-11-20T10:00:00Z\",\"written_at\":\"2026-11-21T11:00:00Z\","
	        "\"entries\":[" WRITTEN(
	                A) ",{\"host\":\"" B "\",\"hash\":\"2\"}],\"findings\":[\"credsStore is "
	                   "\\\"pass\\\"\",\"b\"]},"
	                   "{\"user\":\"bob\",\"file\":\"~/y\",\"since\":\"2026-11-21T11:20:00Z\","
	                   "\"code\":\"EACCES\",\"text\":\"~/y: Permission denied\"}";
	_cleanup_(state_done) struct state s = {};
	struct json_object *root;

	tap_begin("all members as JSON");
	make(&s, ini, TOKEN("", GOOD ",\"auto_host\":\"" A "\""), files);
	root = check_form(&s);
	CHECK_STRING(at(root, "registries.0.registry"), A);
	CHECK_STRING(at(root, "registries.0.identity"), "");
	CHECK_STRING(at(root, "registries.0.fetched_at"), "2026-11-21T11:00:00Z");
	CHECK_STRING(at(root, "registries.0.expires_at"), "2026-11-21T23:00:00Z");
	CHECK_STRING(at(root, "registries.0.renew_at"), "2026-11-21T17:00:00Z");
	CHECK_STRING(at(root, "registries.0.principal"), "AKIDEXAMPLE");
	CHECK_STRING(at(root, "registries.1.registry"), B);
	CHECK_STRING(at(root, "registries.1.identity"), "prod");
	CHECK_STRING(at(root, "registries.1.state"), "missing");
	CHECK_STRING(at(root, "files.0.user"), "a");
	CHECK_STRING(at(root, "files.0.path"), "/home/a/x");
	CHECK_STRING(at(root, "files.0.state"), "missing");
	CHECK_STRING(at(root, "files.0.written_at"), "2026-11-21T11:00:00Z");
	CHECK_STRING(at(root, "files.0.registries.1"), B);
	CHECK_STRING(at(root, "files.0.findings.0"), "credsStore is \"pass\"");
	CHECK_STRING(at(root, "files.1.state"), "failed");
	CHECK_STRING(at(root, "files.1.error.code"), "EACCES");
	CHECK_STRING(at(root, "files.1.path"), "");
	json_object_put(root);
	tap_end();

	tap_begin("all members as a table");
	CHECK_STRING(secret_string(&s.table),
	        "REGISTRY                                         IDENTITY  STATE    EXPIRES IN  "
	        "RENEWAL AT\n"
	        "111111111111.dkr.ecr.eu-central-1.amazonaws.com  -         fresh    11h 20min   "
	        "17:00\n"
	        "222222222222.dkr.ecr.us-east-1.amazonaws.com     prod      missing  -           "
	        "-\n"
	        "    'ecr-refresher refresh' does it now\n"
	        "\n"
	        "USER  FILE       STATE    SINCE\n"
	        "a     /home/a/x  missing  Nov 20 10:00\n"
	        "    credsStore is \"pass\"\n"
	        "    b\n"
	        "bob   ~/y        failed   11:20\n"
	        "    ~/y: Permission denied\n"
	        "\n"
	        "1 user, 1 file failed\n");
	tap_end();
}

static void test_auto_and_its_name(void)
{
	_cleanup_(state_done) struct state s = {};
	static const char tokens[] =
	        TOKEN("", GOOD ",\"auto_host\":\"" A "\"") "," TOKEN(IN("eu-central-1"), GOOD);
	const char *row;

	tap_begin("a registry configured by name and as auto has one row");
	make(&s, "[user a]\nregistries = auto " A "\n", tokens, "");
	row = strstr(secret_string(&s.table), A);
	CHECK(row && !strstr(row + 1, A));
	tap_end();

	state_done(&s);
	tap_begin("a registry with two identities has two rows");
	s = (struct state){};
	make(&s, "[aws prod]\n[registry " A "]\naws = prod\n[user a]\nregistries = auto " A "\n",
	        tokens, "");
	row = strstr(secret_string(&s.table), A);
	CHECK(row && strstr(row + 1, A));
	tap_end();
}

/* The writer uses the first valid token. */
static void test_second_identity(void)
{
	_cleanup_(state_done) struct state s = {};
	struct json_object *root;

	tap_begin("a file with the token of its host's second identity is fresh");
	make(&s,
	        "[aws prod]\n[registry " A "]\naws = prod\n[user a]\nregistries = auto " A "\n"
	        "files = ~/x\n",
	        TOKEN("", OLD ",\"auto_host\":\"" A "\"") ",{\"identity\":\"prod\",\"service\":"
	                                                  "\"ecr\"" IN("eu-central-1") "," GOOD "}",
	        "{\"user\":\"a\",\"file\":\"~/x\",\"since\":\"2026-11-21T11:20:00Z\","
	        "\"entries\":[" WRITTEN(A) "]}");
	root = check_form(&s);
	CHECK_STRING(at(root, "registries.0.state"), "expired");
	CHECK_STRING(at(root, "registries.1.state"), "fresh");
	CHECK_STRING(at(root, "files.0.state"), "fresh");
	json_object_put(root);
	tap_end();
}

static void test_some_users(void)
{
	_cleanup_(state_done) struct state s = {};
	static char name[] = "a", *const users[] = {name, name};
	_cleanup_(status_done) struct status only_a = {};

	tap_begin("a status for some users ignores failures of others");
	make(&s, "[user a]\nregistries = " A "\n[user bob]\nregistries = " A "\n",
	        TOKEN(IN("eu-central-1"), GOOD),
	        "{\"user\":\"a\",\"file\":\"~/.docker/config.json\",\"entries\":[" WRITTEN(
	                A) "]},{\"user\":\"bob\",\"file\":\"~/.docker/config.json\","
	                   "\"code\":\"EACCES\",\"text\":\"no\"}");
	CHECK(s.status.has_failed && !s.status.is_good);
	status_make(&s.config, &s.tokens, &s.record, users, 2, &only_a);
	status_judge(&only_a, NOW);
	CHECK(!only_a.has_failed && only_a.is_good);
	CHECK(strncmp(only_a.summary, "1 user, 1 registry fresh", 24) == 0);
	tap_end();
}

/* The writer has not run since the second file was added to the ini. */
static void test_pending(void)
{
	_cleanup_(state_done) struct state s = {};
	struct json_object *root;

	tap_begin("a file that was never written is pending");
	make(&s, "[user a]\nregistries = " A "\nfiles = ~/x /srv/y.json\n",
	        TOKEN(IN("eu-central-1"), GOOD),
	        "{\"user\":\"a\",\"file\":\"~/x\",\"since\":\"2026-11-21T11:20:00Z\","
	        "\"entries\":[" WRITTEN(A) "]}");
	root = check_form(&s);
	CHECK_STRING(at(root, "files.0.state"), "fresh");
	CHECK_STRING(at(root, "files.1.user"), "a");
	CHECK_STRING(at(root, "files.1.file"), "/srv/y.json");
	CHECK_STRING(at(root, "files.1.state"), "pending");
	CHECK_STRING(at(root, "files.1.since"), "");
	CHECK_STRING(at(root, "good"), "false");
	CHECK(strstr(at(root, "summary"), "; 1 file not written yet"));
	CHECK(strstr(secret_string(&s.table), "\na     /srv/y.json  pending  -\n"));
	json_object_put(root);
	tap_end();
}

/* Without its escape sequences, the coloured table is the plain one. */
static void test_colour(void)
{
	_cleanup_(state_done) struct state s = {};
	_cleanup_(freep) char *plain = NULL;
	char *to;

	tap_begin("states are coloured, and the text is unchanged");
	make(&s, "[user a]\nregistries = " A " " B "\n",
	        TOKEN(IN("eu-central-1"), GOOD) "," TOKEN(IN("us-east-1"), OLD),
	        "{\"user\":\"a\",\"file\":\"~/x\",\"code\":\"x\",\"text\":\"y\"}");
	to = plain = xstrdup(secret_string(&s.coloured));
	for (const char *c = secret_string(&s.coloured); *c; c++) {
		if (*c == '\033')
			c = strchr(c, 'm');
		else
			*to++ = *c;
	}
	*to = '\0';
	CHECK_STRING(plain, secret_string(&s.table));
	CHECK(strstr(secret_string(&s.coloured), "\033[1mREGISTRY\033[0m"));
	CHECK(strstr(secret_string(&s.coloured), "\033[32mfresh"));
	CHECK(strstr(secret_string(&s.coloured), "\033[31mexpired"));
	CHECK(strstr(secret_string(&s.coloured), "\033[31mfailed"));
	tap_end();
}

/* A user's symbolic link may lead to a directory of any name. */
static void test_odd_names(void)
{
	static const struct {
		const char *name, *path;
	} cases[] = {
	        {"a quote and a backslash", "/home/a/\\\"\\\\/x"},
	        {"UTF-8", "/home/a/\xc3\xa9\xf0\x9f\x90\xb3/x"},
	        {"a line break", "/home/a/\\nroot  /root/x  fresh/x"},
	        {"an escape sequence", "/home/a/\\u001b[2J\\u001b]0;title\\u0007/x"},
	        {"a tab and a delete", "/home/a/\\t\\u007f/x"},
	        {"bytes that are not UTF-8", "/home/a/\xff\xfe\xe9/x"},
	        {"half a character at the end", "/home/a/\xc3"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(state_done) struct state s = {};
		_cleanup_(freep) char *file = xasprintf(
		        "{\"user\":\"a\",\"file\":\"~/x\",\"path\":\"%s\"}", cases[i].path);

		tap_begin("well-formed for a path with %s", cases[i].name);
		make(&s, "[user a]\nregistries = " A "\nfiles = ~/x\n", "", file);
		json_object_put(check_form(&s));
		CHECK_INT(count_lines(secret_string(&s.table)), 8);
		tap_end();
	}
}

/* The limit of a reason's length may be within a character. */
static void test_long_reason(void)
{
	_cleanup_(state_done) struct state s = {};
	_cleanup_(freep) char *long_text = xcalloc(1, 3001), *file = NULL;

	tap_begin("a long reason is truncated between two characters");
	for (size_t i = 0; i < 1000; i++)
		memcpy(long_text + 3 * i, "\xe2\x82\xac", 3);
	file = xasprintf(
	        "{\"user\":\"a\",\"file\":\"~/x\",\"code\":\"x\",\"text\":\".%s\"}", long_text);
	make(&s, "", "", file);
	json_object_put(check_form(&s));
	tap_end();
}

#define LONG_PATH "/home/a/Ã©Ã©Ã©Ã©Ã©Ã©Ã©Ã©Ã©Ã©/projects/with/a/long/name/.docker/config.json"
#define LONG_TEXT                                                                                  \
	"AccessDeniedException: not allowed; allow the identity ecr:GetAuthorizationToken on "     \
	"every resource, and do it soon, because the token does not live any longer than shown "   \
	"above"

/* Returns the length of the longest line, in characters. */
static size_t widest_line(const char *text)
{
	size_t widest = 0, n = 0;

	for (; *text; text++) {
		n = *text == '\n' ? 0 : n + (((unsigned char)*text & 0xc0) != 0x80);
		widest = n > widest ? n : widest;
	}
	return widest;
}

/* Reports whether text has every one of these words. */
static bool has_words(const char *text, const char *words)
{
	_cleanup_(freep) char *copy = xstrdup(words);
	char *state = NULL;

	for (char *word = strtok_r(copy, " ", &state); word; word = strtok_r(NULL, " ", &state))
		if (!strstr(text, word))
			return false;
	return true;
}

static void test_narrow(void)
{
	static const size_t widths[] = {200, 120, 100, 80, 72};

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		_cleanup_(state_done) struct state s = {};
		_secret_ struct secret table = {};
		struct status_view view = {.now = NOW, .table.width = widths[i]};
		const char *text;

		tap_begin("no line is longer than a terminal of %zu columns", widths[i]);
		make(&s, "[user a]\nregistries = " A "\nfiles = ~/x\n",
		        TOKEN(IN("eu-central-1"), GOOD),
		        "{\"user\":\"a\",\"file\":\"~/x\",\"path\":\"" LONG_PATH
		        "\",\"code\":\"x\","
		        "\"text\":\"" LONG_TEXT "\",\"since\":\"2026-11-20T10:00:00Z\"}");
		status_table(&s.status, 1, &view, &table);
		text = secret_string(&table);
		CHECK(widest_line(text) <= widths[i]);
		CHECK(is_utf8(text));
		CHECK(has_words(text, LONG_TEXT));
		/* Each row still has the parts that identify it. */
		CHECK(strstr(text, "111111111111.dkr.ecr.") && strstr(text, "/config.json"));
		CHECK(strstr(text, "11h 20min   17:00\n") && strstr(text, "Nov 20 10:00\n"));
		CHECK_INT(strstr(text, LONG_PATH) != NULL, widths[i] >= 120);
		CHECK_INT(strstr(text, A " ") != NULL, widths[i] >= 100);
		tap_end();
	}
}

/* Without credentials, all registries have the same long reason. */
static void test_same_reason(void)
{
	_cleanup_(state_done) struct state s = {};

	tap_begin("the same reason of several registries is shown once");
	make(&s, "[user a]\nregistries = " A " " B "\n", "", "");
	CHECK_STRING(secret_string(&s.table),
	        "REGISTRY                                         IDENTITY  STATE    EXPIRES IN  "
	        "RENEWAL AT\n" A "  -         missing  -           -\n"
	        "    'ecr-refresher refresh' does it now\n" B
	        "     -         missing  -           -\n"
	        "    as above\n"
	        "\n"
	        "USER  FILE                   STATE    SINCE\n"
	        "a     ~/.docker/config.json  pending  -\n"
	        "\n"
	        "1 user, 2 of 2 registries not fetched yet; 1 file not written yet\n");
	tap_end();
}

static void test_very_narrow(void)
{
	_cleanup_(state_done) struct state s = {};
	_secret_ struct secret table = {};
	struct status_view view = {.now = NOW, .table.width = 40};

	tap_begin("a row that does not fit has a line per cell, without truncation");
	make(&s, "[user a]\nregistries = " A "\nfiles = ~/x\n", TOKEN(IN("eu-central-1"), GOOD),
	        "{\"user\":\"a\",\"file\":\"~/x\",\"path\":\"/home/a/with/quite/a/long/path/x\","
	        "\"code\":\"x\",\"text\":\"why it failed, and what to do about that\"}");
	status_table(&s.status, 1, &view, &table);
	CHECK_STRING(secret_string(&table), A "\n"
	                                      "    IDENTITY    -\n"
	                                      "    STATE       fresh\n"
	                                      "    EXPIRES IN  11h 20min\n"
	                                      "    RENEWAL AT  17:00\n"
	                                      "\n"
	                                      "a\n"
	                                      "    FILE        /home/a/with/quite/a/long/path/x\n"
	                                      "    STATE       failed\n"
	                                      "    SINCE       -\n"
	                                      "    why it failed, and what to do about\n"
	                                      "    that\n"
	                                      "\n"
	                                      "1 user, 1 file failed\n");
	tap_end();
}

static void test_for_one_user(void)
{
	static const char ini[] = "[user a]\nregistries = " A "\nfiles = ~/x ~/new\n"
	                          "[user b]\nregistries = " A " " B "\n";
	static const char files[] =
	        "{\"user\":\"a\",\"file\":\"~/x\",\"path\":\"/home/a/\\u001bx\","
	        "\"since\":\"2026-11-20T10:00:00Z\",\"code\":\"EACCES\",\"text\":\"no\","
	        "\"findings\":[\"f\"],\"entries\":[{\"host\":\"" A "\",\"hash\":\"1\"}]},"
	        "{\"user\":\"b\",\"file\":\"~/secret\"}";
	_cleanup_(state_done) struct state s = {};
	_cleanup_(status_done) struct status status = {};
	_secret_ struct secret text = {}, json = {}, later = {};
	struct json_object *root;
	struct reason reason;

	tap_begin("a user's part has no data of other users, no token and no principal");
	make(&s, ini, TOKEN(IN("eu-central-1"), GOOD "," FAILURE), files);
	make_for(&s, "a", &text);
	CHECK(!strstr(secret_string(&text), SECRET) &&
	        !strstr(secret_string(&text), "AKIDEXAMPLE"));
	CHECK(!strstr(secret_string(&text), B) && !strstr(secret_string(&text), "secret"));
	CHECK_INT(status_parse(text.data, text.size, &status, &reason), 0);
	status_judge(&status, NOW);
	status_format_json(&status, 1, &json);
	root = json_tokener_parse(secret_string(&json));
	CHECK_STRING(at(root, "registries.0.service"), "host");
	CHECK_STRING(at(root, "registries.0.registry"), A);
	CHECK_STRING(at(root, "registries.0.state"), "failing");
	CHECK_STRING(at(root, "registries.0.renew_at"), "2026-11-21T17:00:00Z");
	CHECK_STRING(at(root, "registries.0.error.code"), "AccessDeniedException");
	CHECK_STRING(at(root, "registries.1.registry"), "");
	CHECK_STRING(at(root, "files.0.path"), "/home/a/?x");
	CHECK_STRING(at(root, "files.0.state"), "failed");
	CHECK_STRING(at(root, "files.0.registries.0"), A);
	CHECK_STRING(at(root, "files.0.findings.0"), "f");
	CHECK_STRING(at(root, "files.1.file"), "~/new");
	CHECK_STRING(at(root, "files.1.state"), "pending");
	CHECK_STRING(at(root, "files.2.user"), "");
	CHECK_STRING(at(root, "good"), "false");
	json_object_put(root);
	tap_end();

	tap_begin("a user's part does not depend on the time, but its state does");
	status_judge(&status, NOW + 24 * 3600);
	CHECK_STRING(status.registries[0].state, "expired");
	status_done(&status);
	CHECK_INT(status_parse(text.data, text.size, &status, &reason), 0);
	status_format_for(&status, "a", &later);
	CHECK_STRING(secret_string(&later), secret_string(&text));
	tap_end();
}

static void test_clusters(void)
{
	static const char ini[] = "[kubernetes prod]\nregistries = " A "\nnamespaces = team-a\n"
	                          "[kubernetes new]\nregistries = " A "\nnamespaces = team-a\n"
	                          "[kubernetes old]\nregistries = " A "\nnamespaces = team-a\n";
	static const char published_text[] =
	        "{\"version\":1,\"sections\":[{\"kind\":\"kubernetes\",\"name\":\"prod\","
	        "\"since\":\"2026-11-21T10:00:00Z\",\"expires_at\":\"2026-11-21T23:00:00Z\","
	        "\"warnings\":[\"unsafe \\u001b[2J\"],\"targets\":["
	        "{\"kind\":\"secret\",\"name\":\"team-a/ecr\",\"since\":\"2026-11-21T11:00:00Z\"},"
	        "{\"kind\":\"secret\",\"name\":\"team-b/ecr\",\"since\":\"2026-11-21T11:30:00Z\","
	        "\"code\":\"forbidden\",\"text\":\"not allowed there\"}]},"
	        "{\"kind\":\"kubernetes\",\"name\":\"old\",\"expires_at\":\"2026-11-21T11:00:00Z\","
	        "\"targets\":[]},"
	        "{\"kind\":\"rancher\",\"name\":\"gone\",\"targets\":[]}]}";
	_cleanup_(published_done) struct published published = {};
	_cleanup_(state_done) struct state s = {};
	_secret_ struct secret json = {}, table = {};
	struct json_object *root;

	tap_begin("clusters and their objects");
	make(&s, ini, TOKEN(IN("eu-central-1"), GOOD), "");
	CHECK_INT(published_parse(published_text, strlen(published_text), &published, NULL), 0);
	status_add_published(&s.status, &s.config, &published);
	status_judge(&s.status, NOW);
	status_format_json(&s.status, 1, &json);
	status_table(&s.status, 1, &PLAIN, &table);
	root = json_tokener_parse(secret_string(&json));
	CHECK_STRING(at(root, "good"), "false");
	CHECK_STRING(at(root, "summary"),
	        "3 clusters, 2 of 3 clusters failed: not allowed there; 1 cluster not served yet");
	CHECK_STRING(at(root, "clusters.0.name"), "prod");
	CHECK_STRING(at(root, "clusters.0.state"), "failed");
	CHECK_STRING(at(root, "clusters.0.warnings.0"), "unsafe ?[2J");
	CHECK_STRING(at(root, "clusters.0.targets.0.state"), "fresh");
	CHECK_STRING(at(root, "clusters.0.targets.1.name"), "team-b/ecr");
	CHECK_STRING(at(root, "clusters.0.targets.1.error.code"), "forbidden");
	CHECK_STRING(at(root, "clusters.1.state"), "pending");
	CHECK_STRING(at(root, "clusters.2.state"), "expired");
	CHECK_STRING(at(root, "clusters.3.name"), "");
	CHECK(strstr(secret_string(&table), "CLUSTER          TARGET             STATE    SINCE\n"
	                                    "kubernetes prod  -                  failed   10:00\n"
	                                    "    unsafe ?[2J\n"
	                                    "kubernetes prod  secret team-a/ecr  fresh    11:00\n"
	                                    "kubernetes prod  secret team-b/ecr  failed   11:30\n"
	                                    "    not allowed there\n"
	                                    "kubernetes new   -                  pending  -\n"));
	json_object_put(root);
	tap_end();
}

static void test_broken_part(void)
{
	static const char *const texts[] = {"", "{}", "[]", "{\"version\":1}",
	        "{\"version\":2,\"registries\":[],\"files\":[]}",
	        "{\"version\":1,\"registries\":[{}],\"files\":[]}",
	        "{\"version\":1,\"registries\":[],\"files\":[{\"user\":\"a\",\"file\":\"x\"}]}",
	        "{\"version\":1,\"registries\":[],\"files\":[{\"user\":\"a\",\"file\":\"x\","
	        "\"registries\":[],\"findings\":[],"
	        "\"needs\":[{\"registry\":0,\"written\":true}]}]}",
	        "{\"version\":1,\"registries\":{},\"files\":[]}"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct status status = {.n_users = 77};
		struct reason reason = {};

		tap_begin("a malformed user's part is refused: %s", texts[i]);
		CHECK_INT(status_parse(texts[i], strlen(texts[i]), &status, &reason), -EBADMSG);
		CHECK(reason.code[0] && strstr(reason.text, "ecr-refresher.service"));
		CHECK_INT(status.n_users, 77);
		tap_end();
	}
}

static void test_two_services(void)
{
	_cleanup_(state_done) struct state own = {}, host = {};
	_secret_ struct secret json = {}, table = {};
	struct status list[2];
	struct json_object *root;

	tap_begin("the user's own service and the host's");
	make(&own, "[user a]\nregistries = " A "\nfiles = ~/x\n", TOKEN(IN("eu-central-1"), GOOD),
	        "{\"user\":\"a\",\"file\":\"~/x\"}");
	make(&host, "[user a]\nregistries = " B "\nfiles = ~/y\n", "",
	        "{\"user\":\"a\",\"file\":\"~/y\"}");
	host.status.is_host = true;
	status_judge(&host.status, NOW);
	list[0] = host.status;
	list[1] = own.status;
	status_format_json(list, 2, &json);
	status_table(list, 2, &PLAIN, &table);
	root = json_tokener_parse(secret_string(&json));
	CHECK_STRING(at(root, "good"), "false");
	CHECK_STRING(at(root, "registries.0.service"), "host");
	CHECK_STRING(at(root, "registries.0.state"), "missing");
	CHECK_STRING(at(root, "registries.1.service"), "user");
	CHECK_STRING(at(root, "registries.1.state"), "fresh");
	CHECK_STRING(at(root, "files.0.file"), "~/y");
	CHECK_STRING(at(root, "files.1.service"), "user");
	CHECK(strstr(at(root, "summary"),
	        "1 of 1 registries not fetched yet: 'sudo ecr-refresher refresh'"));
	CHECK(strstr(at(root, "summary"), "next renewal 17:00"));
	CHECK(strncmp(secret_string(&table), "The host's service\n\nREGISTRY", 28) == 0);
	CHECK(strstr(secret_string(&table), "\nYour own service\n\nREGISTRY"));
	json_object_put(root);
	tap_end();
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	test_nothing();
	test_states();
	test_file_states();
	test_file_of_two();
	test_everything();
	test_auto_and_its_name();
	test_second_identity();
	test_some_users();
	test_pending();
	test_colour();
	test_odd_names();
	test_long_reason();
	test_narrow();
	test_same_reason();
	test_very_narrow();
	test_for_one_user();
	test_clusters();
	test_broken_part();
	test_two_services();
	return tap_finish();
}

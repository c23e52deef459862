/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of docker's credential helpers, as text. */
#include "pull/helper-protocol.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/json.h"
#include "tap.h"

struct server_case {
	const char *name, *input;
	size_t size; /* 0: its length */
	const char *server, *code;
};

static const struct server_case servers[] = {
        {"a host", "registry.example.com", 0, "registry.example.com", NULL},
        {"with a newline", "https://registry.example.com/v2/\r\n", 0,
                "https://registry.example.com/v2/", NULL},
        {"with blanks", " \tregistry.example.com \n\n", 0, "registry.example.com", NULL},
        {"a blank inside", "two words", 0, "two words", NULL},
        {"not ASCII", "caf\xc3\xa9.example", 0, "caf\xc3\xa9.example", NULL},
        {"nothing", "", 0, NULL, "no-server"},
        {"only blanks", " \n\t\r\n", 0, NULL, "no-server"},
        {"two lines", "one\ntwo", 0, NULL, "bad-server"},
        {"a NUL", "one\0two", 7, NULL, "bad-server"},
        {"only a NUL", "\0", 1, NULL, "bad-server"},
        {"a NUL at the end", "one\0", 4, NULL, "bad-server"},
        {"an escape", "one\033[2J", 0, NULL, "bad-server"},
        {"DEL", "one\177", 0, NULL, "bad-server"},
};

static void test_server(const struct server_case *c)
{
	_cleanup_(freep) char *server = NULL;
	struct reason reason = {};
	int r;

	tap_begin("get and erase: %s", c->name);
	r = helper_read_server(c->input, c->size ? c->size : strlen(c->input), &server, &reason);
	CHECK_INT(r, c->server ? 0 : -EBADMSG);
	if (c->server)
		CHECK_STRING(server, c->server);
	else
		CHECK(!server && strcmp(reason.code, c->code) == 0 && *reason.text);
	tap_end();
}

struct store_case {
	const char *name, *input, *server, *code;
};

static const struct store_case stores[] = {
        {"all of it", "{\"ServerURL\":\"h\",\"Username\":\"AWS\",\"Secret\":\"s\"}", "h", NULL},
        {"and more", "{\"x\":[],\"ServerURL\":\" h\\n\",\"Username\":\"AWS\",\"Secret\":\"\"}", "h",
                NULL},
        {"no secret", "{\"ServerURL\":\"h\",\"Username\":\"AWS\"}", "h", NULL},
        {"no user", "{\"ServerURL\":\"h\",\"Secret\":\"s\"}", NULL, "no-user"},
        {"an empty user", "{\"ServerURL\":\"h\",\"Username\":\"\",\"Secret\":\"s\"}", NULL,
                "no-user"},
        {"no server", "{\"Username\":\"AWS\",\"Secret\":\"s\"}", NULL, "no-server"},
        {"a number for a server", "{\"ServerURL\":1,\"Username\":\"AWS\"}", NULL, "no-server"},
        {"two lines", "{\"ServerURL\":\"a\\nb\",\"Username\":\"AWS\"}", NULL, "bad-server"},
        {"no object", "[]", NULL, "not-json"},
        {"half of it", "{\"ServerURL\":", NULL, "not-json"},
        {"nothing", "", NULL, "not-json"},
        {"trailing text", "{}{}", NULL, "not-json"},
};

static void test_store(const struct store_case *c)
{
	_cleanup_(freep) char *server = NULL;
	struct reason reason = {};
	int r;

	tap_begin("store: %s", c->name);
	r = helper_read_store(c->input, strlen(c->input), &server, &reason);
	CHECK_INT(r, c->server ? 0 : -EBADMSG);
	if (c->server)
		CHECK_STRING(server, c->server);
	else
		CHECK(!server && strcmp(reason.code, c->code) == 0 && *reason.text);
	tap_end();
}

static void test_reply(const char *name, const char *authorization, const char *expected)
{
	_secret_ struct secret token = {}, text = {};
	struct reason reason = {};
	int r;

	tap_begin("reply: %s", name);
	secret_set_string(&token, authorization);
	secret_set_string(&text, "");
	r = helper_format_reply("h\"", &token, &text, &reason);
	CHECK_INT(r, expected ? 0 : -EBADMSG);
	CHECK_STRING(secret_string(&text), expected ? expected : "");
	if (!expected)
		CHECK_STRING(reason.code, "bad-token");
	tap_end();
}

static void test_list(void)
{
	static char a[] = "a.example", b[] = "b.example:5000";
	char *names[] = {a, b};
	_secret_ struct secret text = {};

	tap_begin("list: nothing, and two");
	helper_format_list(&(struct known_registries){}, &text);
	CHECK_STRING(secret_string(&text), "{}\n");
	secret_set_string(&text, "");
	helper_format_list(&(struct known_registries){names, 2}, &text);
	CHECK_STRING(secret_string(&text),
	        "{\"https://a.example\":\"AWS\",\"https://b.example:5000\":\"AWS\"}\n");
	tap_end();
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		test_server(&servers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(stores); i++)
		test_store(&stores[i]);
	test_reply("AWS:password", "QVdTOnBhc3N3b3Jk",
	        "{\"ServerURL\":\"h\\\"\",\"Username\":\"AWS\",\"Secret\":\"password\"}\n");
	test_reply("the first colon counts",
	        "YTpiOmM=", "{\"ServerURL\":\"h\\\"\",\"Username\":\"a\",\"Secret\":\"b:c\"}\n");
	test_reply("no colon", "QVdT", NULL);
	test_reply("not base64", "QVdTOnBhc3N3b3J", NULL);
	test_reply("a NUL", "QVdTOgBh", NULL);
	test_reply("nothing", "", NULL);
	test_list();
	return tap_finish();
}

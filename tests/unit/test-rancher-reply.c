/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rancher/rancher-reply.h"

#include <errno.h>

#include "base/alloc.h"
#include "publish/rancher/rancher-match.h"
#include "tap.h"

#define LIST(rows) "{\"type\":\"collection\",\"data\":[" rows "]}"
#define NEXT(link) "{\"data\":[],\"pagination\":{\"next\":" link "}}"

static int parse(const char *body, struct rancher_list *list, struct reason *ret_reason)
{
	return rancher_list_parse(body, strlen(body), list, ret_reason);
}

static void test_row(void)
{
	static const char body[] =
	        "{\"id\":\"1c7\",\"type\":\"registryCredential\",\"state\":\"inactive\","
	        "\"name\":null,\"registryId\":\"1sp5\",\"secretValue\":null,\"removed\":null,"
	        "\"transitioning\":\"no\"}";
	struct rancher_row row = {};

	tap_begin("a credential");
	CHECK_INT(rancher_row_parse(body, strlen(body), &row, NULL), 0);
	CHECK_STRING(row.id, "1c7");
	CHECK_STRING(row.registry_id, "1sp5");
	CHECK(!row.name && !row.address && row.n_hosts == 0);
	CHECK(row.is_inactive && !row.is_active && !row.is_removed);
	CHECK(!row.is_ours);
	rancher_row_done(&row);
	tap_end();
}

static void test_object(void)
{
	static const char body[] =
	        "{\"id\":\"p-x2def:ecr\",\"type\":\"dockerCredential\",\"name\":\"ecr\","
	        "\"labels\":{\"app.kubernetes.io/managed-by\":\"ecr-refresher\"},"
	        "\"links\":{\"self\":\"https://x\",\"update\":\"https://x\"},"
	        "\"registries\":{\"a.example\":{\"username\":\"AWS\"},\"b.example\":null}}";
	struct rancher_row row = {};

	tap_begin("an object of Rancher 2");
	CHECK_INT(rancher_row_parse(body, strlen(body), &row, NULL), 0);
	CHECK_STRING(row.name, "ecr");
	CHECK(row.is_ours && row.can_update);
	if (CHECK_INT((long long)row.n_hosts, 2)) {
		CHECK_STRING(row.hosts[0], "a.example");
		CHECK_STRING(row.hosts[1], "b.example");
	}
	rancher_row_done(&row);
	tap_end();
}

static const struct {
	const char *state; /* members of a row */
	bool active, inactive, removed;
} states[] = {
        {"\"state\":\"active\"", true, false, false},
        {"\"state\":\"updating-active\",\"transitioning\":\"yes\"", true, false, false},
        {"\"state\":\"registering\",\"transitioning\":\"yes\"", true, false, false},
        {"\"state\":\"deactivating\",\"transitioning\":\"yes\"", false, true, false},
        {"\"state\":\"updating-inactive\"", false, true, false},
        {"\"state\":\"removed\"", false, false, true},
        {"\"state\":\"removing\"", false, false, true},
        {"\"state\":\"purged\"", false, false, true},
        {"\"state\":\"active\",\"removed\":\"2016-04-01T00:00:00Z\"", true, false, true},
        {"\"state\":\"error\"", false, false, false},
        {"\"state\":7,\"removed\":null,\"transitioning\":true", false, false, false},
        {"\"x\":1", false, false, false},
};

static void test_states(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		char body[256];
		struct rancher_row row = {};

		tap_begin("state: %s", states[i].state);
		snprintf(body, sizeof(body), "{\"id\":\"1\",%s}", states[i].state);
		CHECK_INT(rancher_row_parse(body, strlen(body), &row, NULL), 0);
		CHECK_INT(row.is_active, states[i].active);
		CHECK_INT(row.is_inactive, states[i].inactive);
		CHECK_INT(row.is_removed, states[i].removed);
		rancher_row_done(&row);
		tap_end();
	}
}

static void test_odd_rows(void)
{
	static const char *const bodies[] = {"{}", "[]", "null", "{\"id\":7}", "{\"id\":\"\"}",
	        "{\"id\":\"..\"}", "{\"id\":\"1/2\"}", "{\"id\":\"1?x\"}", "{\"id\":\"1\\n2\"}",
	        "{\"id\":\"a b\"}", "{\"id\":\"1\\u0000\"}", "", "<html>", "{\"id\":\"1\""};
	_cleanup_(rancher_list_done) struct rancher_list list = {};
	struct reason reason = {};

	tap_begin("a row without a usable id is skipped");
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct rancher_row row = {.is_ours = true};

		CHECK_INT(rancher_row_parse(bodies[i], strlen(bodies[i]), &row, &reason), -EBADMSG);
		CHECK(row.is_ours && !row.id);
		CHECK_STRING(reason.code, "bad-reply");
	}
	tap_end();
	tap_begin("a list continues after such rows");
	CHECK_INT(parse(LIST("null,7,{},{\"id\":\"1/2\"},{\"id\":\"1sp1\",\"serverAddress\":7},"
	                     "{\"id\":\"1sp2\",\"serverAddress\":\"host\"}"),
	                  &list, NULL),
	        0);
	if (CHECK_INT((long long)list.count, 2)) {
		CHECK(!list.rows[0].address);
		CHECK_STRING(list.rows[1].address, "host");
	}
	tap_end();
}

static void test_pages(void)
{
	_cleanup_(rancher_list_done) struct rancher_list list = {};

	tap_begin("pages: rows are appended, next is the last page's");
	CHECK_INT(parse("{\"data\":[{\"id\":\"1\"}],\"pagination\":{\"next\":"
	                "\"http://10.0.0.1:8080/v1/registries?limit=1&marker=m1\"}}",
	                  &list, NULL),
	        0);
	CHECK_STRING(list.next, "limit=1&marker=m1");
	CHECK_INT(parse("{\"data\":[{\"id\":\"2\"}],\"pagination\":{\"next\":null}}", &list, NULL),
	        0);
	CHECK_STRING(list.next, "");
	CHECK_INT((long long)list.count, 2);
	CHECK_INT(parse("{\"data\":[],\"pagination\":null}", &list, NULL), 0);
	tap_end();
}

static void test_bad_lists(void)
{
	static const char *const bodies[] = {"", " ", "<html></html>", "null", "[]", "{}",
	        "{\"data\":null}", "{\"data\":{}}", "{\"data\":[", NEXT("\"http://host/v1\""),
	        NEXT("\"http://host/v1?a b\""), NEXT("\"http://host/v1?a#b\""),
	        NEXT("\"http://host/v1?a\\r\\nX: y\""), NEXT("\"http://host/?\\u00e4\"")};

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		_cleanup_(rancher_list_done) struct rancher_list list = {};
		struct reason reason = {};

		tap_begin("not a list: %s", bodies[i]);
		CHECK_INT(parse(bodies[i], &list, &reason), -EBADMSG);
		CHECK_STRING(reason.code, "bad-reply");
		tap_end();
	}
}

static void test_errors(void)
{
	struct rancher_error error;
	static const char one[] = "{\"type\":\"error\",\"status\":422,\"code\":"
	                          "\"MaxLengthExceeded\",\"fieldName\":\"secretValue\","
	                          "\"message\":\"too\\nlong\",\"detail\":null}";
	static const char echo[] = "{\"message\":\"invalid: IsInBheWxvYWQiOiJRcUJrWVBaanM3VjhZV3hO"
	                           "TW1kNVdXeEhPV0ZsVlE9PSIsI, or so\"}";
	static const char *const none[] = {"", "<html>", "[]", "{\"code\":7,\"message\":null}"};

	tap_begin("an error");
	rancher_error_parse(one, strlen(one), &error);
	CHECK_STRING(error.code, "MaxLengthExceeded");
	CHECK_STRING(error.field, "secretValue");
	CHECK_STRING(error.message, "too?long");
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		rancher_error_parse(none[i], strlen(none[i]), &error);
		CHECK(!*error.code && !*error.message && !*error.field);
	}
	tap_end();
	tap_begin("an error with the middle of a token");
	rancher_error_parse(echo, strlen(echo), &error);
	CHECK_STRING(error.message, "invalid: …, or so");
	tap_end();
}

static const struct {
	const char *body;
	enum rancher_api api;
} roots[] = {
        {LIST("{\"id\":\"v1\"},{\"id\":\"v2-beta\"}"), RANCHER_API_V2_BETA},
        {LIST("{\"id\":\"v1\"}"), RANCHER_API_V1},
        {LIST("{\"apiVersion\":{\"path\":\"/v3/project\"}},{\"apiVersion\":{\"path\":\"/v3\"}}"),
                RANCHER_API_V3},
        {LIST("{\"id\":\"v9\"},null,[]"), RANCHER_API_UNKNOWN},
        {"<html>", RANCHER_API_UNKNOWN},
        {"[]", RANCHER_API_UNKNOWN},
};

static void test_roots(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		tap_begin("root: %s", roots[i].body);
		CHECK_INT(rancher_root_parse(roots[i].body, strlen(roots[i].body)), roots[i].api);
		tap_end();
	}
}

static const struct {
	const char *address;
	const char *host; /* NULL: it has none */
} addresses[] = {
        {"host.example", "host.example"},
        {"HOST.Example", "host.example"},
        {"https://host.example", "host.example"},
        {"http://host.example:443/v1/", "host.example"},
        {"host.example:5000", "host.example"},
        {"  host.example/", "host.example"},
        {"", NULL},
        {"https://", NULL},
        {":5000", NULL},
        {"%zz", NULL},
        {"user@host.example", NULL},
        {"h\xc3\xb6st.example", NULL},
        {"[::1]", NULL},
};

static void test_addresses(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		char host[256] = "";
		bool found = rancher_address_host(addresses[i].address, host, sizeof(host));

		tap_begin("address: %s", addresses[i].address);
		CHECK_INT(found, addresses[i].host != NULL);
		if (addresses[i].host)
			CHECK_STRING(host, addresses[i].host);
		tap_end();
	}
}

static void test_matches(void)
{
	struct rancher_row registry = {.address = (char *)"https://Host.example:443", .id = NULL};

	tap_begin("a registry is its host's, unless it is removed");
	CHECK(rancher_registry_is(&registry, "host.example"));
	CHECK(rancher_registry_is(&registry, "host.example:5000"));
	CHECK(!rancher_registry_is(&registry, "other.example"));
	CHECK(!rancher_registry_is(&registry, "host.example.org"));
	registry.is_removed = true;
	CHECK(!rancher_registry_is(&registry, "host.example"));
	registry = (struct rancher_row){};
	CHECK(!rancher_registry_is(&registry, "host.example"));
	tap_end();
}

static const struct {
	const char *name;
	const char *rows;
	const char *id; /* NULL: none */
} choices[] = {
        {"the active one with the lowest id, by number",
                "{\"id\":\"1c10\",\"registryId\":\"1sp1\",\"state\":\"active\"},"
                "{\"id\":\"1c9\",\"registryId\":\"1sp1\",\"state\":\"active\"},"
                "{\"id\":\"1c11\",\"registryId\":\"1sp1\",\"state\":\"active\"}",
                "1c9"},
        {"an active one before an inactive one",
                "{\"id\":\"1c2\",\"registryId\":\"1sp1\",\"state\":\"inactive\"},"
                "{\"id\":\"1c3\",\"registryId\":\"1sp1\",\"state\":\"active\"}",
                "1c3"},
        {"of inactive ones the lowest",
                "{\"id\":\"1c4\",\"registryId\":\"1sp1\",\"state\":\"inactive\"},"
                "{\"id\":\"1c3\",\"registryId\":\"1sp1\",\"state\":\"inactive\"}",
                "1c3"},
        {"a credential of another registry, because the filter was ignored",
                "{\"id\":\"1c1\",\"registryId\":\"1sp2\",\"state\":\"active\"},"
                "{\"id\":\"1c2\",\"registryId\":\"1sp1\",\"state\":\"active\"}",
                "1c2"},
        {"removed ones and ones in error do not count",
                "{\"id\":\"1c1\",\"registryId\":\"1sp1\",\"state\":\"removed\"},"
                "{\"id\":\"1c2\",\"registryId\":\"1sp1\",\"state\":\"active\","
                "\"removed\":\"2016-04-01T00:00:00Z\"},"
                "{\"id\":\"1c3\",\"registryId\":\"1sp1\",\"state\":\"error\"},"
                "{\"id\":\"1c4\",\"state\":\"active\"}",
                NULL},
};

static void test_choices(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		_cleanup_(rancher_list_done) struct rancher_list list = {};
		const struct rancher_row *row;
		char body[1024];

		tap_begin("chosen: %s", choices[i].name);
		snprintf(body, sizeof(body), LIST("%s"), choices[i].rows);
		CHECK_INT(parse(body, &list, NULL), 0);
		row = rancher_choose_credential(&list, "1sp1");
		CHECK_INT(row != NULL, choices[i].id != NULL);
		if (row && choices[i].id)
			CHECK_STRING(row->id, choices[i].id);
		tap_end();
	}
}

int main(void)
{
	test_row();
	test_object();
	test_states();
	test_odd_rows();
	test_pages();
	test_bad_lists();
	test_errors();
	test_roots();
	test_addresses();
	test_matches();
	test_choices();
	return tap_finish();
}

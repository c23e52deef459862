/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>

#include "base/alloc.h"
#include "tap.h"

/* The text as source code, for the name of the case; and its bytes. */
#define TEXT(text) #text, text, sizeof(text) - 1

static const struct {
	const char *name;
	const char *text;
	size_t size;
	bool accepted;
} texts[] = {
        {TEXT("{}"), true},
        {TEXT(" \t\r\n{ } \t\r\n"), true},
        {TEXT("[]"), true},
        {TEXT("\"\""), true},
        {TEXT("12"), true},
        {TEXT("12\n"), true},
        {TEXT("-0.5e-3 "), true},
        {TEXT("{\"a\":[1,2.5,-3e9,true,false,null,\"b\",{}]}"), true},
        {TEXT("[\"\\u00e9\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"), true},
        {TEXT(""), false},
        {TEXT(" \n"), false},
        {TEXT("{"), false},
        {TEXT("{\"a\""), false},
        {TEXT("{\"a\":"), false},
        {TEXT("{\"a\":1"), false},
        {TEXT("{\"a\":1,"), false},
        {TEXT("[1"), false},
        {TEXT("[\"a"), false},
        {TEXT("[\"a\\"), false},
        {TEXT("}"), false},
        {TEXT("{}}"), false},
        {TEXT("{} {}"), false},
        {TEXT("{}x"), false},
        {TEXT("{}\0"), false},
        {TEXT("{}\0{}"), false},
        {TEXT("{\"a\":\0001}"), false},
        {TEXT("[1,]"), false},
        {TEXT("{\"a\":1,}"), false},
        {TEXT("[1 2]"), false},
        {TEXT("{\"a\" 1}"), false},
        {TEXT("{a:1}"), false},
        {TEXT("['a']"), false},
        {TEXT("[01]"), false},
        {TEXT("[+1]"), false},
        {TEXT("[.5]"), false},
        {TEXT("[-]"), false},
        {TEXT("[1e]"), false},
        {TEXT("[True]"), false},
        {TEXT("[nul]"), false},
        {TEXT("[\"\\x\"]"), false},
        {TEXT("[\"\\u12\"]"), false},
        {TEXT("[1] // comment"), false},
        {TEXT("[/* comment */1]"), false},
        {TEXT("\xef\xbb\xbf{}"), false},
        {TEXT("<html>"), false},
};

static void test_texts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(freep) char *exact = xcalloc(1, texts[i].size + 1);
		_json_ struct json_object *o = NULL;

		/* The byte after it is not zero: it must not be read. */
		memcpy(exact, texts[i].text, texts[i].size);
		exact[texts[i].size] = '1';
		tap_begin("%s: %s", texts[i].accepted ? "accepted" : "refused", texts[i].name);
		o = json_parse(exact, texts[i].size);
		CHECK_INT(o != NULL, texts[i].accepted);
		tap_end();
	}
}

/* Reports whether this is accepted: open, depth times, then close, depth times. */
static bool parses(size_t depth, const char *open, const char *close)
{
	_secret_ struct secret text = {};
	_json_ struct json_object *o = NULL;

	for (size_t i = 0; i < depth; i++)
		secret_append_string(&text, i + 1 < depth ? open : (char[]){*open, '\0'});
	for (size_t i = 0; i < depth; i++)
		secret_append_string(&text, close);
	o = json_parse(text.data, text.size);
	return o != NULL;
}

static void test_depth(void)
{
	tap_begin("arrays and objects nested up to 32 levels");
	CHECK(parses(1, "[", "]") && parses(31, "[", "]"));
	CHECK(parses(1, "{\"\":", "}") && parses(31, "{\"\":", "}"));
	CHECK(!parses(33, "[", "]") && !parses(100000, "[", "]"));
	CHECK(!parses(33, "{\"\":", "}") && !parses(100000, "{\"\":", "}"));
	tap_end();
}

static void test_members(void)
{
	static const char text[] = "{\"s\":\"x\",\"n\":1,\"d\":1.5,\"b\":true,\"z\":null,\"a\":[1],"
	                           "\"o\":{},\"nul\":\"a\\u0000b\",\"e\":\"\"}";
	_json_ struct json_object *o = json_parse(text, strlen(text));
	_json_ struct json_object *array = json_parse("[1]", 3);

	tap_begin("the types of members are not converted");
	CHECK(o && array);
	CHECK_STRING(json_member_string(o, "s"), "x");
	CHECK_STRING(json_member_string(o, "e"), "");
	for (const char *key = "ndbzao"; *key; key++)
		CHECK(!json_member_string(o, (char[]){*key, '\0'}));
	CHECK(!json_member_string(o, "nul"));
	CHECK(!json_member_string(o, "absent"));
	CHECK(json_member(o, "n", json_type_int) && !json_member(o, "n", json_type_double));
	CHECK(!json_member(o, "s", json_type_int) && !json_member(o, "b", json_type_int));
	CHECK(json_member(o, "a", json_type_array) && !json_member(o, "a", json_type_object));
	CHECK(json_member(o, "o", json_type_object) && !json_member(o, "z", json_type_object));
	tap_end();

	tap_begin("only an object has members");
	CHECK(!json_member_string(NULL, "s") && !json_member(NULL, "s", json_type_null));
	CHECK(!json_member_string(array, "s") && !json_member(array, "0", json_type_int));
	tap_end();
}

/* Appends text as a value and reads it back. */
static void check_string(const char *string)
{
	_secret_ struct secret text = {};
	_json_ struct json_object *o = NULL;

	secret_append_string(&text, "{\"k\":");
	json_append_string(&text, string);
	secret_append_string(&text, "}");
	for (size_t i = 0; i < text.size; i++)
		CHECK((unsigned char)text.data[i] >= 0x20);
	o = json_parse(text.data, text.size);
	CHECK_STRING(json_member_string(o, "k"), string);
}

static void test_strings(void)
{
	_secret_ struct secret null = {};

	tap_begin("a string is read as it was written");
	check_string("");
	for (int c = 1; c < 0x80; c++)
		check_string((char[]){'<', (char)c, '>', (char)c, '\0'});
	check_string("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3");
	check_string("\"}, {\"k\":\"\\\"");
	json_append_string(&null, NULL);
	CHECK_STRING(secret_string(&null), "null");
	tap_end();
}

static void test_append_member(void)
{
	_secret_ struct secret text = {};

	tap_begin("members are separated by commas; one without a value is omitted");
	secret_append_string(&text, "{");
	json_append_member(&text, "none", NULL);
	json_append_member(&text, "a", "{");
	json_append_member(&text, "none", NULL);
	json_append_member(&text, "b\"", "[");
	secret_append_string(&text, ",\"c\":[{");
	json_append_member(&text, "d", "");
	secret_append_string(&text, "}]}");
	CHECK_STRING(secret_string(&text), "{\"a\":\"{\",\"b\\\"\":\"[\",\"c\":[{\"d\":\"\"}]}");
	tap_end();
}

static void test_wipe(void)
{
	static const char text[] =
	        "{\"a\":\"secret\",\"b\":[\"secret\",{\"c\":\"a much longer secret, "
	        "which is not held inline\"}],\"d\":[7,18446744073709551615]}";
	struct json_object *o = json_parse(text, strlen(text)), *kept = json_object_get(o);
	struct json_object *list = json_member(o, "b", json_type_array);
	struct json_object *strings[] = {json_member(o, "a", json_type_string),
	        json_object_array_get_idx(list, 0),
	        json_member(json_object_array_get_idx(list, 1), "c", json_type_string)};

	struct json_object *bytes = json_member(o, "d", json_type_array);

	tap_begin("every string and number of a tree is overwritten when it is freed");
	CHECK_STRING(json_object_get_string(strings[2]),
	        "a much longer secret, which is not held inline");
	json_wipep(&o); /* kept is a reference to the same tree */
	CHECK(!o);
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		for (int k = 0; k < json_object_get_string_len(strings[i]); k++)
			CHECK_INT(json_object_get_string(strings[i])[k], 0);
	for (size_t i = 0; i < json_object_array_length(bytes); i++)
		CHECK_INT(json_object_get_int64(json_object_array_get_idx(bytes, i)), 0);
	json_object_put(kept);
	json_wipep(&o);
	tap_end();
}

static unsigned tokeners, kept;

void __real_json_tokener_free(struct json_tokener *tokener);
void __wrap_json_tokener_free(struct json_tokener *tokener);

void __wrap_json_tokener_free(struct json_tokener *tokener)
{
	tokeners++;
	if (memmem(tokener->pb->buf, (size_t)tokener->pb->size, "hunter2", 7))
		kept++;
	__real_json_tokener_free(tokener);
}

static void test_scratch(void)
{
	static const char text[] = "{\"token\": \"a \\\"hunter2\\\"\"}";
	_json_ struct json_object *o = NULL;

	tap_begin("the parser leaves no copy of what it parsed");
	tokeners = kept = 0;
	o = json_parse(text, strlen(text));
	CHECK_STRING(json_member_string(o, "token"), "a \"hunter2\"");
	CHECK_INT(tokeners, 1);
	CHECK_INT(kept, 0);
	tap_end();
}

static void list_done(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void test_lists(void)
{
	char *const strings[] = {(char *)"a", (char *)"", (char *)"\"b\"\n"};
	_secret_ struct secret text = {};
	_json_ struct json_object *o = NULL;
	struct json_object *read;
	char **list = NULL;
	size_t n = 0;

	tap_begin("a list of strings is read as it was written");
	secret_append_string(&text, "{");
	json_append_strings(&text, "empty", NULL, 0);
	json_append_strings(&text, "list", strings, ARRAY_SIZE(strings));
	secret_append_string(&text, ",\"mixed\":[\"a\",1]}");
	o = json_parse(text.data, text.size);
	CHECK(o);
	CHECK_INT(json_read_strings(NULL, 3, &list, &n), 0);
	CHECK_INT(json_read_strings(json_member(o, "empty", json_type_array), 3, &list, &n), 0);
	CHECK_INT(n, 0);
	read = json_member(o, "list", json_type_array);
	CHECK_INT(json_read_strings(read, 3, &list, &n), 0);
	CHECK_INT(n, ARRAY_SIZE(strings));
	for (size_t i = 0; i < n; i++)
		CHECK_STRING(list[i], strings[i]);
	tap_end();
	list_done(list, n);

	tap_begin("a list that is too long or has other types is refused");
	list = NULL;
	n = 0;
	CHECK_INT(json_read_strings(read, 2, &list, &n), -EBADMSG);
	CHECK_INT(n, 0);
	read = json_member(o, "mixed", json_type_array);
	CHECK_INT(json_read_strings(read, 3, &list, &n), -EBADMSG);
	tap_end();
	list_done(list, n);
}

static void test_failures(void)
{
	const struct reason failure = {.code = "denied", .text = "not \"allowed\""}, good = {};
	_secret_ struct secret text = {};
	_json_ struct json_object *o = NULL;
	struct reason read = {};

	tap_begin("a failure is read as it was written; without one nothing is read");
	secret_append_string(&text, "{\"good\":{");
	json_append_failure(&text, &good);
	secret_append_string(&text, "},\"bad\":{");
	json_append_failure(&text, &failure);
	secret_append_string(&text, "}}");
	o = json_parse(text.data, text.size);
	json_member_failure(json_member(o, "good", json_type_object), &read);
	json_member_failure(NULL, &read);
	CHECK_STRING(read.code, "");
	json_member_failure(json_member(o, "bad", json_type_object), &read);
	CHECK_STRING(read.code, failure.code);
	CHECK_STRING(read.text, failure.text);
	tap_end();
}

int main(void)
{
	test_scratch();
	test_texts();
	test_depth();
	test_members();
	test_strings();
	test_append_member();
	test_lists();
	test_failures();
	test_wipe();
	return tap_finish();
}

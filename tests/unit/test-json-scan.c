/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON validator: valid texts, invalid ones and the position of the error; strings and keys. */
#include <errno.h>
#include <stdlib.h>

#include "../../src/write/merge/json-scan.h"
#include "../../src/write/merge/json-walk.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/reason.h"
#include "base/secret.h"
#include "tap.h"
#include "write/merge/json-scan.h"
#include "write/merge/json-walk.h"

static const char *const good[] = {
        "{}",
        "[]",
        "\"\"",
        "null",
        "true",
        "false",
        " \t\r\n{ \t\r\n} \t\r\n",
        "0",
        "-0",
        "-0.0e-0",
        "1e5",
        "1E+5",
        "10.25e-17",
        "123456789012345678901234567890123456789012345678901234567890",
        "1e999999",
        "[1, 2 ,3,[],{}]",
        "{\"a\":{\"b\":[{\"c\":null}]},\"a\":1}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uABcd\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"\x7f\"",
        "\"\xc3\xbc \xf0\x9f\x98\x80\"",
        "\"\xff\xfe\"",
        "{\"\":\"\"}",
};

static const struct {
	const char *text;
	const char *reason;
} bad[] = {
        {"", "line 1: expected a value, found the end of the file"},
        {" \n\t\n ", "line 3: expected a value, found the end of the file"},
        {"{", "line 1: expected a key in quotes or '}', found the end of the file"},
        {"{\n\n", "line 3: expected a key in quotes or '}', found the end of the file"},
        {"}", "line 1: expected a value, found '}'"},
        {"{]", "line 1: expected a key in quotes or '}', found ']'"},
        {"[}", "line 1: expected a value, found '}'"},
        {"{a:1}", "line 1: expected a key in quotes or '}', found 'a'"},
        {"{'a':1}", "line 1: expected a key in quotes or '}', found '''"},
        {"{1:1}", "line 1: expected a key in quotes or '}', found '1'"},
        {"{\"a\"}", "line 1: expected ':' after a key, found '}'"},
        {"{\"a\" 1}", "line 1: expected ':' after a key, found '1'"},
        {"{\"a\":}", "line 1: expected a value, found '}'"},
        {"{\"a\":1", "line 1: expected ',' or '}', found the end of the file"},
        {"{\"a\":1,}", "line 1: expected a key in quotes after ',', found '}'"},
        {"{\"a\":1,,\"b\":2}", "line 1: expected a key in quotes after ',', found ','"},
        {"{\"a\":1]", "line 1: expected ',' or '}', found ']'"},
        {"{\n  \"a\": 1\n  \"b\": 2\n}", "line 3: expected ',' or '}', found '\"'"},
        {"[1 2]", "line 1: expected ',' or ']', found '2'"},
        {"[1,]", "line 1: expected a value, found ']'"},
        {"[1", "line 1: expected ',' or ']', found the end of the file"},
        {"[{]}", "line 1: expected a key in quotes or '}', found ']'"},
        {"{}{}", "line 1: expected the end of the file, found '{'"},
        {"{}\n\nx", "line 3: expected the end of the file, found 'x'"},
        {"{} ,", "line 1: expected the end of the file, found ','"},
        {"\"a", "line 1: expected the closing '\"' of a string, found the end of the file"},
        {"\"a\nb\"", "line 1: expected the closing '\"' of a string, found the end of the line"},
        {"\"a\tb\"", "line 1: expected the closing '\"' of a string, found the byte 0x09"},
        {"\"\x01\"", "line 1: expected the closing '\"' of a string, found the byte 0x01"},
        {"\"\\", "line 1: expected one of \"\\/bfnrtu after a backslash, found the end of the "
                 "file"},
        {"\"\\x41\"", "line 1: expected one of \"\\/bfnrtu after a backslash, found 'x'"},
        {"\"\\'\"", "line 1: expected one of \"\\/bfnrtu after a backslash, found '''"},
        {"\"\\u12\"", "line 1: expected four hexadecimal digits after \\u, found '\"'"},
        {"\"\\u12g4\"", "line 1: expected four hexadecimal digits after \\u, found 'g'"},
        {"01", "line 1: expected the end of the file, found '1'"},
        {"[01]", "line 1: expected ',' or ']', found '1'"},
        {"-", "line 1: expected a digit, found the end of the file"},
        {"+1", "line 1: expected a value, found '+'"},
        {".5", "line 1: expected a value, found '.'"},
        {"[1.]", "line 1: expected a digit after the point, found ']'"},
        {"[1e]", "line 1: expected the digits of an exponent, found ']'"},
        {"[1e+]", "line 1: expected the digits of an exponent, found ']'"},
        {"0x10", "line 1: expected the end of the file, found 'x'"},
        {"NaN", "line 1: expected a value, found 'N'"},
        {"-Infinity", "line 1: expected a digit, found 'I'"},
        {"True", "line 1: expected a value, found 'T'"},
        {"tru", "line 1: expected true, found the end of the file"},
        {"nul\n", "line 1: expected null, found the end of the line"},
        {"[nullx]", "line 1: expected ',' or ']', found 'x'"},
        {"// c\n{}", "line 1: expected a value, found '/'"},
        {"{\n# c\n}", "line 2: expected a key in quotes or '}', found '#'"},
        {"{\v}", "line 1: expected a key in quotes or '}', found the byte 0x0b"},
        {"{\xc2\xa0}", "line 1: expected a key in quotes or '}', found the byte 0xc2"},
        {"\xef\xbb\xbf{}",
                "line 1: expected a value, found a byte order mark (save it as UTF-8 without one)"},
        {"{\r\n\"a\": 1,\r\n}", "line 3: expected a key in quotes after ',', found '}'"},
};

/* Returns a text in a form that fits into the name of a case. */
static const char *printable(const char *text)
{
	static char name[256];
	size_t i;

	for (i = 0; text[i] && i < sizeof(name) - 1; i++)
		name[i] = (char)(text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?');
	name[i] = '\0';
	return name;
}

/* Copies the text to a buffer of exactly its size, so that the sanitizer sees any overrun. */
static int check_exact(const char *text, size_t size, struct reason *ret_reason)
{
	char *copy = malloc(size + !size);
	int r;

	memcpy(copy, text, size);
	r = json_check(copy, size, ret_reason);
	free(copy);
	return r;
}

static void test_check(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct reason reason = {};

		tap_begin("json: %s", printable(good[i]));
		CHECK_INT(check_exact(good[i], strlen(good[i]), &reason), 0);
		CHECK_STRING(reason.text, "");
		tap_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct reason reason = {};

		tap_begin("not json: %s", printable(bad[i].text));
		CHECK_INT(check_exact(bad[i].text, strlen(bad[i].text), &reason), -EBADMSG);
		CHECK_STRING(reason.code, "not-json");
		CHECK_STRING(reason.text, bad[i].reason);
		tap_end();
	}
}

/* Every truncated text is refused. */
static void test_cut(void)
{
	static const char text[] =
	        "{\"a\": [1.5e+3, true, {\"\\u00e9\\n\": null}, [[]]], \"b\": \"x\"}";

	tap_begin("a text truncated anywhere");
	for (size_t size = 0; size < sizeof(text) - 1; size++)
		if (!CHECK_INT(check_exact(text, size, NULL), -EBADMSG))
			break;
	CHECK_INT(check_exact(text, sizeof(text) - 1, NULL), 0);
	tap_end();
}

static void test_nul(void)
{
	tap_begin("a NUL byte is neither white space nor part of a string");
	CHECK_INT(check_exact("{}\0", 3, NULL), -EBADMSG);
	CHECK_INT(check_exact("\"\0\"", 3, NULL), -EBADMSG);
	CHECK_INT(check_exact("\"\\\0\"", 4, NULL), -EBADMSG);
	tap_end();
}

/* Every byte at every place of a string, next to ordinary and to high ones. */
static void test_bytes(void)
{
	static const char fills[] = {'x', '\x21', '\x7f', '\x80', '\xff'};
	char text[24];

	tap_begin("every byte in a string");
	for (size_t i = 0; i < ARRAY_SIZE(fills) * 256 * (sizeof(text) - 2); i++) {
		int c = i % 256;
		size_t place = 1 + i / 256 % (sizeof(text) - 2);
		bool allowed = c >= 0x20 && c != '"' && c != '\\';

		memset(text, fills[i / 256 / (sizeof(text) - 2)], sizeof(text));
		text[0] = text[sizeof(text) - 1] = '"';
		text[place] = (char)c;
		if (!CHECK_INT(check_exact(text, sizeof(text), NULL), allowed ? 0 : -EBADMSG)) {
			printf("# 0x%02x at %zu\n", (unsigned)c, place);
			break;
		}
	}
	tap_end();
}

static int check_depth(size_t depth, char open, char close, struct reason *ret_reason)
{
	_secret_ struct secret text = {};

	for (size_t i = 0; i < depth; i++) {
		secret_append(&text, &open, 1);
		if (open == '{')
			secret_append_string(&text, i + 1 < depth ? "\"a\":" : "\"a\":1");
		else if (i + 1 == depth)
			secret_append_string(&text, "1");
	}
	for (size_t i = 0; i < depth; i++)
		secret_append(&text, &close, 1);
	return json_check(text.data, text.size, ret_reason);
}

static void test_depth(void)
{
	struct reason reason = {};

	tap_begin("depth");
	CHECK_INT(check_depth(JSON_MAX_DEPTH, '[', ']', NULL), 0);
	CHECK_INT(check_depth(JSON_MAX_DEPTH, '{', '}', NULL), 0);
	CHECK_INT(check_depth(JSON_MAX_DEPTH + 1, '{', '}', NULL), -EBADMSG);
	CHECK_INT(check_depth(JSON_MAX_DEPTH + 1, '[', ']', &reason), -EBADMSG);
	CHECK_STRING(reason.code, "not-json");
	CHECK_STRING(reason.text, "line 1: nested deeper than 256 levels");
	CHECK_INT(check_depth(1000 * 1000, '[', ']', NULL), -EBADMSG);
	tap_end();
}

static bool span_is(const char *text, struct json_span span, const char *wanted)
{
	return span.end - span.begin == strlen(wanted) &&
	       memcmp(text + span.begin, wanted, strlen(wanted)) == 0;
}

static void test_members(void)
{
	static const char text[] =
	        "\n{ \"a\" : 1 ,\"b\":{\"x\":[\"}\",{\"]\":0}]},\t\"c\\\"}\"\n:\r\n\"\\\\\" , "
	        "\"d\":[ ], \"\" : -1.5e3, \"t\":true,\"n\":null,"
	        "\"\\\\\\\\\":\"\\\\\\\"\\\"\",\"e\":\"\"}\n ";
	static const struct {
		const char *key, *value;
	} wanted[] = {
	        {"\"a\"", "1"},
	        {"\"b\"", "{\"x\":[\"}\",{\"]\":0}]}"},
	        {"\"c\\\"}\"", "\"\\\\\""},
	        {"\"d\"", "[ ]"},
	        {"\"\"", "-1.5e3"},
	        {"\"t\"", "true"},
	        {"\"n\"", "null"},
	        {"\"\\\\\\\\\"", "\"\\\\\\\"\\\"\""},
	        {"\"e\"", "\"\""},
	};
	struct json_span root = json_root(text, sizeof(text) - 1);
	struct json_members members;
	struct json_member member;
	size_t i = 0;

	tap_begin("the members of an object");
	CHECK_INT(json_check(text, sizeof(text) - 1, NULL), 0);
	CHECK_INT(root.begin, 1);
	CHECK_INT(root.end, sizeof(text) - 3);
	members = json_members(text, root);
	for (; json_members_next(&members, &member) && i < ARRAY_SIZE(wanted); i++) {
		CHECK(span_is(text, member.key, wanted[i].key));
		CHECK(span_is(text, member.value, wanted[i].value));
	}
	CHECK_INT(i, ARRAY_SIZE(wanted));
	members = json_members(" { \n } ", json_root(" { \n } ", 7));
	CHECK(!json_members_next(&members, &member));
	tap_end();
}

static const struct {
	const char *text, *meaning;
	size_t size;
} strings[] = {
        {"\"\"", "", 0},
        {"\"plain\"", "plain", 5},
        {"\"\xff\xc3\xbc\"", "\xff\xc3\xbc", 3},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
        {"\"\\u0041\\u00e9\\u20ac\\uFFFF\"", "A\u00e9\u20ac\xef\xbf\xbf", 9},
        {"\"a\\u0000b\"", "a\0b", 3},
        {"\"\\ud83d\\ude00\"", "\U0001f600", 4},
        {"\"\\uD83D\\uDE00x\"", "\U0001f600x", 5},
        {"\"\\ud83d\"", "\ufffd", 3},
        {"\"\\ud83dx\"", "\ufffdx", 4},
        {"\"\\ud83d\\n\"", "\ufffd\n", 4},
        {"\"\\ud83d\\u0041\"", "\ufffdA", 4},
        {"\"\\ude00\\ud83d\"", "\ufffd\ufffd", 6},
        {"\"\\ud83d\\ud83d\\ude00\"", "\ufffd\U0001f600", 7},
        {"\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf", 4},
        {"\"\\\\u0041\"", "\\u0041", 6},
};

static void test_strings(void)
{
	_secret_ struct secret scratch = {};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		size_t size = strlen(strings[i].text);
		char *copy = malloc(size);
		const char *meaning;

		memcpy(copy, strings[i].text, size);
		tap_begin("the string %s", printable(strings[i].text));
		CHECK_INT(json_check(copy, size, NULL), 0);
		meaning = json_string(copy, (struct json_span){0, size}, &scratch, &size);
		CHECK_INT(size, strings[i].size);
		CHECK(size == strings[i].size && memcmp(meaning, strings[i].meaning, size) == 0);
		tap_end();
		free(copy);
	}
}

static const struct {
	const char *key, *name;
	bool is;
} keys[] = {
        {"\"auths\"", "auths", true},
        {"\"Auths\"", "auths", true},
        {"\"AUTHS\"", "auths", true},
        {"\"auth\\u0053\"", "auths", true},
        {"\"\\u0061uths\"", "auths", true},
        {"\"auth\u017f\"", "auths", true},
        {"\"AUTH\\u017f\"", "auths", true},
        {"\"IdentityTo\u212aen\"", "identitytoken", true},
        {"\"identityto\\u212Aen\"", "identitytoken", true},
        {"\"CredHelpers\"", "credhelpers", true},
        {"\"credHelper\u017f\"", "credhelpers", true},
        {"\"cred\u017f\u017ftore\"", "credsstore", true},
        {"\"auth\"", "auths", false},
        {"\"authss\"", "auths", false},
        {"\"auths \"", "auths", false},
        {"\"\"", "auths", false},
        {"\"auths\\u0000\"", "auths", false},
        {"\"au\u017fhs\"", "auths", false},
        {"\"auth\xc5\"", "auths", false},
        {"\"identityto\xe2\x84\"", "identitytoken", false},
        {"\"!uths\"", "auths", false},
        {"\"\x01uths\"", "auths", false},
};

static void test_keys(void)
{
	_secret_ struct secret scratch = {};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct json_span span = {0, strlen(keys[i].key)};

		tap_begin("key %s for field %s", printable(keys[i].key), keys[i].name);
		CHECK_INT(json_key_is(keys[i].key, span, keys[i].name, &scratch), keys[i].is);
		tap_end();
	}
}

int main(void)
{
	test_check();
	test_cut();
	test_nul();
	test_bytes();
	test_depth();
	test_members();
	test_strings();
	test_keys();
	return tap_finish();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdint.h>

#include "base/cleanup.h"
#include "tap.h"

static void test_sanitize(void)
{
	static const struct {
		const char *name, *text, *expected;
	} cases[] = {
	        {"plain text", "a line of text", "a line of text"},
	        {"an empty text", "", ""},
	        {"control characters", "a\tb\nc\x7f\033[1m", "a?b?c??[1m"},
	        {"UTF-8", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3",
	                "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3"},
	        {"control characters of Latin-1", "\xc2\x80\xc2\x9f\xc2\xa0", "????\xc2\xa0"},
	        {"overlong forms", "\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", "?????????"},
	        {"surrogates", "\xed\xa0\x80", "???"},
	        {"beyond U+10FFFF", "\xf4\x90\x80\x80\xf5", "?????"},
	        {"a character that is cut off", "a\xe2\x82", "a??"},
	        {"a single byte of a character", "\x80 \xff", "? ?"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[64];

		tap_begin("sanitized: %s", cases[i].name);
		snprintf(text, sizeof(text), "%s", cases[i].text);
		text_sanitize(text);
		/* Of a control character of two bytes both are replaced. */
		CHECK_STRING(text, cases[i].expected);
		tap_end();
	}
}

static void test_to_ascii(void)
{
	char text[] = "a\xc3\xbc\tb\0c";

	tap_begin("to ASCII, NUL bytes included");
	text_to_ascii(text, sizeof(text) - 1);
	CHECK_STRING(text, "a???b?c");
	tap_end();
}

static void test_predicates(void)
{
	tap_begin("control characters");
	CHECK(!text_has_control("", 0));
	CHECK(!text_has_control("a b\xc3\xbc~", 6));
	CHECK(text_has_control("a\r\nb", 4));
	CHECK(text_has_control("a\0b", 3));
	CHECK(text_has_control("\x7f", 1));
	CHECK(text_has_control("\x1f", 1));
	tap_end();

	tap_begin("visible text");
	CHECK(text_is_visible("", 0));
	CHECK(text_is_visible("!~\"\\", 4));
	CHECK(!text_is_visible("a b", 3));
	CHECK(!text_is_visible("\x7f", 1));
	CHECK(!text_is_visible("\xc3\xbc", 2));
	tap_end();

	tap_begin("a word has 1 to max bytes");
	CHECK(text_is_word("aoal-GcwhbxUgw4:MGUCMQ~/+=_", SIZE_MAX));
	CHECK(!text_is_word("", SIZE_MAX));
	CHECK(!text_is_word("a b", SIZE_MAX));
	CHECK(!text_is_word("token\r\nX-Header: y", SIZE_MAX));
	CHECK(text_is_word("four", 4));
	CHECK(!text_is_word("fours", 4));
	tap_end();

	tap_begin("a URL without characters that must be encoded");
	CHECK(text_is_url("https://a.test:443/b?c=%20&d#e[]"));
	CHECK(!text_is_url("https://a.test/{b}"));
	CHECK(!text_is_url("https://a.test/b c"));
	CHECK(!text_is_url("https://a.test/\xc3\xbc"));
	tap_end();
}

int main(void)
{
	test_sanitize();
	test_to_ascii();
	test_predicates();
	return tap_finish();
}

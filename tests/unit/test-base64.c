/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <errno.h>

#include "tap.h"

#define BYTES(text, bytes)                                                                         \
	{                                                                                          \
		text, bytes, sizeof(bytes) - 1                                                     \
	}

/* RFC 4648 section 10, and sizes around it. */
static const struct {
	const char *text;
	const char *bytes;
	size_t size;
} good[] = {
        BYTES("", ""),
        BYTES("Zg==", "f"),
        BYTES("Zm8=", "fo"),
        BYTES("Zm9v", "foo"),
        BYTES("Zm9vYg==", "foob"),
        BYTES("Zm9vYmE=", "fooba"),
        BYTES("Zm9vYmFy", "foobar"),
        BYTES("AAAA", "\0\0\0"),
        BYTES("+/+/", "\xfb\xff\xbf"),
        BYTES("/w==", "\xff"),
        BYTES("QVdTOnBhc3M6d29yZA==", "AWS:pass:word"),
};

static const char *const bad[] = {
        "Z",
        "Zg",
        "Zg=",
        "Zm9",
        "=",
        "==",
        "====",
        "Z===",
        "Zg==Zg==",
        "Zm=v",
        "Zm9v\n",
        "Zm9v\nZm9v",
        " Zm9",
        "Zm9-",
        "Zm9_",
        "Zm9\xc3",
        "Zh==", /* stray bits */
        "Zm9=",
};

static void check_long(void)
{
	_secret_ struct secret text = {}, bytes = {};
	size_t zeros = 0;

	tap_begin("64 KiB");
	for (int i = 0; i < 16384; i++)
		secret_append_string(&text, "AAAA");
	CHECK_INT(base64_decode(text.data, text.size, &bytes), 0);
	CHECK_INT((long long)bytes.size, 49152);
	for (size_t i = 0; i < bytes.size; i++)
		zeros += bytes.data[i] == 0;
	CHECK_INT((long long)zeros, 49152);
	tap_end();
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_secret_ struct secret s = {};

		tap_begin("\"%s\" is decoded and appended", good[i].text);
		secret_set_string(&s, "<");
		CHECK_INT(base64_decode(good[i].text, strlen(good[i].text), &s), 0);
		if (CHECK_INT((long long)s.size, (long long)good[i].size + 1))
			CHECK(s.data[0] == '<' &&
			        memcmp(s.data + 1, good[i].bytes, good[i].size) == 0 &&
			        s.data[s.size] == '\0');
		tap_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_secret_ struct secret s = {};

		tap_begin("\"%s\" is what its bytes are encoded as", good[i].text);
		secret_set_string(&s, "<");
		base64_encode(good[i].bytes, good[i].size, &s);
		CHECK(s.data[0] == '<');
		CHECK_STRING(secret_string(&s) + 1, good[i].text);
		tap_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_secret_ struct secret s = {};

		tap_begin("\"%s\" is refused", bad[i]);
		secret_set_string(&s, "before");
		CHECK_INT(base64_decode(bad[i], strlen(bad[i]), &s), -EINVAL);
		CHECK_STRING(secret_string(&s), "before");
		tap_end();
	}
	tap_begin("no more than size characters are read");
	{
		_secret_ struct secret s = {};

		CHECK_INT(base64_decode("Zm9v!!!!", 4, &s), 0);
		CHECK_STRING(secret_string(&s), "foo");
	}
	tap_end();
	check_long();
	return tap_finish();
}

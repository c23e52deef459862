/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include "tap.h"

int main(void)
{
	/* The vectors of http://www.isthe.com/chongo/src/fnv/test_fnv.c. */
	tap_begin("FNV-1a");
	CHECK(hash_bytes(HASH_START, "", 0) == UINT64_C(0xcbf29ce484222325));
	CHECK(hash_bytes(HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	CHECK(hash_bytes(HASH_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
	CHECK(hash_bytes(HASH_START, "\xff", 1) != hash_bytes(HASH_START, "\x7f", 1));
	tap_end();

	tap_begin("the same in parts");
	CHECK(hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3) ==
	        hash_bytes(HASH_START, "foobar", 6));
	tap_end();
	return tap_finish();
}

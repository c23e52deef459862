/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * FNV-1a with 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/), to recognize what was seen
 * before. It is not cryptographic: anyone can make up a collision.
 */

#include <stddef.h>
#include <stdint.h>

/* The hash of nothing. */
#define HASH_START UINT64_C(0xcbf29ce484222325)

/* Returns a hash that is continued with these bytes. */
uint64_t hash_bytes(uint64_t hash, const void *data, size_t size);

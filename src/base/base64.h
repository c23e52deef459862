/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/secret.h"

/*
 * RFC 4648 section 4, with padding. Appends the bytes to ret. Returns 0, or -EINVAL with ret as it
 * was.
 */
int base64_decode(const char *text, size_t size, struct secret *ret);

/* Appends the text. */
void base64_encode(const void *data, size_t size, struct secret *ret);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/secret.h"

/*
 * Appends the decoded bytes (RFC 4648 section 4, with padding) to ret. Returns 0, or -EINVAL with
 * ret unchanged.
 */
int base64_decode(const char *text, size_t size, struct secret *ret);

/* Appends the encoded text to ret. */
void base64_encode(const void *data, size_t size, struct secret *ret);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a text is JSON: strictly, as RFC 8259 and Go's encoding/json have it, which docker and
 * podman read with. Users control the text.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/reason.h"

#define JSON_MAX_DEPTH 256

/*
 * Checks that the whole text is one JSON value. Returns 0, or -EBADMSG with a reason that names the
 * line ("line 3: …"), code "not-json".
 */
int json_check(const char *text, size_t size, struct reason *ret_reason);

/* The number of the line a byte is in, from 1. */
size_t json_line(const char *text, size_t at);

bool json_is_space(char c);

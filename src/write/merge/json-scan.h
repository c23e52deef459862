/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A strict JSON validator: RFC 8259 as Go's encoding/json reads it, which docker and podman use.
 * Users control the text.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/reason.h"

#define JSON_MAX_DEPTH 256

/*
 * Checks that the whole text is one JSON value. Returns 0, or -EBADMSG "not-json" with a reason
 * that names the line ("line 3: …").
 */
int json_check(const char *text, size_t size, struct reason *ret_reason);

/* Returns the number of the line that a byte is in, from 1. */
size_t json_line(const char *text, size_t at);

bool json_is_space(char c);

/* Reports whether a text has nothing but white space. */
bool json_is_blank(const char *text, size_t size);

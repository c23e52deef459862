/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Points in time: seconds since 1970 in the programs, RFC 3339 in files, RFC 9110 dates in replies.
 */

#include <stddef.h>
#include <stdint.h>

#define TIMESTAMP_MAX_SIZE 32

/* Returns the current time in seconds since 1970. */
int64_t timestamp_now(void);

/* Returns microseconds on a clock for deadlines, which counts suspended time and never jumps. */
uint64_t monotonic_now(void);

/* Formats a time as "2026-11-21T11:40:00Z". Returns buffer. */
const char *timestamp_format(int64_t t, char buffer[static TIMESTAMP_MAX_SIZE]);

/*
 * Formats a time in local time: "11:40", or "Nov 22 11:40" if now is another day. Returns buffer.
 */
const char *timestamp_format_local(int64_t t, int64_t now, char buffer[static TIMESTAMP_MAX_SIZE]);

/* Parses RFC 3339, with or without a fraction, Z or an offset. Returns 0 or -EINVAL. */
int timestamp_parse(const char *text, int64_t *ret);

/* Parses an IMF-fixdate (RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT"). Returns 0 or -EINVAL. */
int timestamp_parse_http(const char *text, int64_t *ret);

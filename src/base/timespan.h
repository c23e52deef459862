/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Time spans as systemd writes them ("60s", "2min 30s", "1h"; a bare number is seconds; see
 * systemd.time(7)) and as messages show them.
 */

#include <stddef.h>
#include <stdint.h>

#define USEC_PER_SEC UINT64_C(1000000)
#define USEC_PER_MSEC UINT64_C(1000)

/* Parses a time span. Returns 0 and microseconds, -EINVAL (malformed) or -ERANGE (over a year). */
int timespan_parse(const char *text, uint64_t *ret_usec);

/* Formats a time span with at most two units: "11h 58min", "4min", "12s". Returns buffer. */
const char *timespan_format(int64_t seconds, char *buffer, size_t size);

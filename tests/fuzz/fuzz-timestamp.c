/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any text as a point in time or a time span: an accepted one is in range, and is the same after
 * formatting and parsing.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"

#define YEAR_10000 INT64_C(253402300800)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

/* RFC 3339 has years of four digits; with an offset, the first or last day may be beyond them. */
static void check(int64_t t)
{
	char text[TIMESTAMP_MAX_SIZE], span[64];
	int64_t again;

	must(t > -YEAR_10000 && t < YEAR_10000 + 86400);
	timestamp_format(t, text);
	must(strlen(text) < sizeof(text));
	if (t >= 0 && t < YEAR_10000)
		must(timestamp_parse(text, &again) == 0 && again == t);
	timestamp_format_local(t, 0, text);
	must(*timespan_format(t, span, sizeof(span)) != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = xstrndup((const char *)data, size);
	uint64_t usec;
	int64_t t;

	if (timestamp_parse(text, &t) == 0)
		check(t);
	if (timestamp_parse_http(text, &t) == 0)
		check(t);
	if (timespan_parse(text, &usec) == 0)
		must(usec <= 366 * 24 * 3600 * USEC_PER_SEC);
	return 0;
}

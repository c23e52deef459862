/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include <errno.h>
#include <time.h>

#include "base/cleanup.h"
#include "tap.h"

static const struct {
	const char *text;
	int64_t t; /* or BAD */
} rfc3339_cases[] = {
#define BAD INT64_MIN
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-21T11:40:00Z", 1795261200},
        {"2026-11-21t11:40:00z", 1795261200},
        {"2026-11-21T11:40:00.123456789012345678901234567890Z", 1795261200},
        {"2026-11-21T11:40:00.999Z", 1795261200},
        {"2026-11-21T12:40:00+01:00", 1795261200},
        {"2026-11-21T06:10:00-05:30", 1795261200},
        {"2026-11-21T11:40:00-00:00", 1795261200},
        {"2024-02-29T00:00:00Z", 1709164800},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2016-12-31T23:59:60Z", 1483228800},
        {"1969-12-31T23:59:59Z", -1},
        {"0000-01-01T00:00:00Z", -62167219200},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"2023-02-29T00:00:00Z", BAD},
        {"2100-02-29T00:00:00Z", BAD},
        {"2026-04-31T00:00:00Z", BAD},
        {"2026-00-10T00:00:00Z", BAD},
        {"2026-13-10T00:00:00Z", BAD},
        {"2026-01-00T00:00:00Z", BAD},
        {"2026-01-32T00:00:00Z", BAD},
        {"2026-01-01T24:00:00Z", BAD},
        {"2026-01-01T00:60:00Z", BAD},
        {"2026-01-01T00:00:61Z", BAD},
        {"2026-01-01T00:00:00", BAD},
        {"2026-01-01T00:00:00.Z", BAD},
        {"2026-01-01T00:00:00,5Z", BAD},
        {"2026-01-01T00:00:00+24:00", BAD},
        {"2026-01-01T00:00:00+01:60", BAD},
        {"2026-01-01T00:00:00+0100", BAD},
        {"2026-01-01T00:00:00+01", BAD},
        {"2026-01-01T00:00:00ZZ", BAD},
        {"2026-01-01T00:00:00Z ", BAD},
        {" 2026-01-01T00:00:00Z", BAD},
        {"2026-01-01 00:00:00Z", BAD},
        {"2026-1-01T00:00:00Z", BAD},
        {"+026-01-01T00:00:00Z", BAD},
        {"20260-01-01T00:00:00Z", BAD},
        {"2026-01-01T00:00Z", BAD},
        {"20260101T000000Z", BAD},
        {"1795261200", BAD},
        {"2026", BAD},
        {"", BAD},
};

static const struct {
	const char *text;
	int64_t t;
} http_cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sat, 21 Nov 2026 11:40:00 GMT", 1795261200},
        {"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
        {"Mon, 06 Nov 1994 08:49:37 GMT", BAD},
        {"Sun, 6 Nov 1994 08:49:37 GMT", BAD},
        {"Sun, 06 Nov 1994 08:49:37 UTC", BAD},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", BAD},
        {"Sun, 06 Nov 1994 08:49:37", BAD},
        {"Sun, 06 nov 1994 08:49:37 GMT", BAD},
        {"Sun, 31 Nov 1994 08:49:37 GMT", BAD},
        {"Sunday, 06-Nov-94 08:49:37 GMT", BAD},
        {"Sun Nov  6 08:49:37 1994", BAD},
        {"", BAD},
};

static const struct {
	int64_t t;
	const char *text;
} format_cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1795261200, "2026-11-21T11:40:00Z"},
        {-62167219200, "0000-01-01T00:00:00Z"},
        {253402300800, "9999-12-31T23:59:59Z"},
        {INT64_MAX, "9999-12-31T23:59:59Z"},
        {INT64_MIN, "0000-01-01T00:00:00Z"},
};

static void check_parse(int (*parse)(const char *, int64_t *), const char *text, int64_t expected)
{
	int64_t t = 4711;

	tap_begin("\"%s\"", text);
	CHECK_INT(parse(text, &t), expected == BAD ? -EINVAL : 0);
	CHECK_INT(t, expected == BAD ? 4711 : expected);
	tap_end();
}

static void check_local(void)
{
	char buffer[TIMESTAMP_MAX_SIZE];
	int64_t t = 0;

	tap_begin("local time, with the day only if it is another one");
	setenv("TZ", "XYZ-2", 1);
	tzset();
	CHECK_STRING(timestamp_format_local(1795261200, 1795261100, buffer), "13:40");
	CHECK_STRING(timestamp_format_local(1795300000, 1795261200, buffer), "Nov 22 00:26");
	CHECK_STRING(timestamp_format_local(1795261200 + 365 * 86400, 1795261200, buffer),
	        "Nov 21 13:40");
	CHECK_STRING(timestamp_format_local(INT64_MAX, 0, buffer), "9999-12-31T23:59:59Z");
	tap_end();
	tap_begin("a time zone changes neither parsing nor formatting");
	CHECK_INT(timestamp_parse("2026-11-21T11:40:00Z", &t), 0);
	CHECK_INT(t, 1795261200);
	CHECK_STRING(timestamp_format(1795261200, buffer), "2026-11-21T11:40:00Z");
	tap_end();
}

static void check_clocks(void)
{
	uint64_t before = monotonic_now();
	struct timespec nap = {.tv_nsec = 2000000};

	tap_begin("clocks");
	nanosleep(&nap, NULL);
	CHECK(monotonic_now() - before >= 2000);
	CHECK(monotonic_now() - before < 60000000);
	CHECK(timestamp_now() > 1700000000);
	tap_end();
}

/* Compares with the C library's calendar, over one whole cycle and at both ends. */
static void check_calendar(void)
{
	char text[TIMESTAMP_MAX_SIZE];
	int64_t t;

	tap_begin("every day from 1900 to 2301, and every month from 0 to 9999");
	for (int64_t day = -25567; day < 121000; day++) {
		timestamp_format(day * 86400 + 86399, text);
		if (timestamp_parse(text, &t) < 0 || t != day * 86400 + 86399)
			CHECK_STRING(text, "as it was formatted");
	}
	for (int month = 0; month < 120000; month++) {
		struct tm tm = {.tm_year = month / 12 - 1900, .tm_mon = month % 12, .tm_mday = 1};

		snprintf(text, sizeof(text), "%04d-%02d-01T00:00:00Z", month / 12, month % 12 + 1);
		if (timestamp_parse(text, &t) < 0 || t != timegm(&tm))
			CHECK_STRING(text, "as the C library has it");
	}
	tap_end();
}

int main(void)
{
	char buffer[TIMESTAMP_MAX_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(rfc3339_cases); i++)
		check_parse(timestamp_parse, rfc3339_cases[i].text, rfc3339_cases[i].t);
	for (size_t i = 0; i < ARRAY_SIZE(http_cases); i++)
		check_parse(timestamp_parse_http, http_cases[i].text, http_cases[i].t);
	for (size_t i = 0; i < ARRAY_SIZE(format_cases); i++) {
		tap_begin("format %lld", (long long)format_cases[i].t);
		CHECK_STRING(timestamp_format(format_cases[i].t, buffer), format_cases[i].text);
		tap_end();
	}
	check_calendar();
	check_local();
	check_clocks();
	return tap_finish();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timespan.h"

#include <errno.h>

#include "base/cleanup.h"
#include "tap.h"

/* If both accept a text, the sum is what `systemd-analyze timespan` prints for it. */
static const struct {
	const char *text;
	int result;
	uint64_t usec;
} parse_cases[] = {
        {"60s", 0, 60000000},
        {"60", 0, 60000000},
        {"0", 0, 0},
        {"2min 30s", 0, 150000000},
        {"2min30s", 0, 150000000},
        {" 1 h ", 0, 3600000000},
        {"1min 30", 0, 90000000},
        {"5 6", 0, 11000000},
        {"1.5s", 0, 1500000},
        {".5s", 0, 500000},
        {"1.5min", 0, 90000000},
        {"0.0000001s", 0, 0},
        {"250ms", 0, 250000},
        {"7us", 0, 7},
        {"7µs", 0, 7},
        {"7μs", 0, 7},
        {"1d 2hr 3m 4sec 5msec 6usec", 0, 93784005006},
        {"1 week", 0, 604800000000},
        {"5M", 0, 13149000000000},
        {"1y", 0, 31557600000000},
        {"31557600s", 0, 31557600000000},
        {"31557601s", -ERANGE, 0},
        {"1y 1us", -ERANGE, 0},
        {"0.5y 0.5y 1s", -ERANGE, 0},
        {"2 years", -ERANGE, 0},
        {"18446744073709551615", -ERANGE, 0},
        {"18446744073709551616us", -ERANGE, 0},
        {"99999999999999999999999999999999d", -ERANGE, 0},
        {"", -EINVAL, 0},
        {"  ", -EINVAL, 0},
        {"s", -EINVAL, 0},
        {".", -EINVAL, 0},
        {"1.s", -EINVAL, 0},
        {"1.5.5s", -EINVAL, 0},
        {"-1s", -EINVAL, 0},
        {"+1s", -EINVAL, 0},
        {"1,5s", -EINVAL, 0},
        {"1 fortnight", -EINVAL, 0},
        {"1S", -EINVAL, 0},
        {"60s;", -EINVAL, 0},
        {"infinity", -EINVAL, 0},
        {"9999999999999999999999 parsecs", -EINVAL, 0},
};

static const struct {
	int64_t seconds;
	const char *text;
} format_cases[] = {
        {0, "0s"},
        {12, "12s"},
        {60, "1min"},
        {90, "1min 30s"},
        {240, "4min"},
        {3599, "59min 59s"},
        {3601, "1h"},
        {43080, "11h 58min"},
        {86400, "1d"},
        {90000, "1d 1h"},
        {86400 * 400, "400d"},
        {-240, "-4min"},
        {INT64_MIN, "-106751991167300d 15h"},
};

int main(void)
{
	char buffer[64], tiny[4];

	for (size_t i = 0; i < ARRAY_SIZE(parse_cases); i++) {
		uint64_t usec = 4711, expected;

		tap_begin("parse \"%s\"", parse_cases[i].text);
		CHECK_INT(timespan_parse(parse_cases[i].text, &usec), parse_cases[i].result);
		expected = parse_cases[i].result < 0 ? 4711 : parse_cases[i].usec;
		CHECK_INT((long long)usec, (long long)expected);
		tap_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(format_cases); i++) {
		tap_begin("format %lld", (long long)format_cases[i].seconds);
		CHECK_STRING(timespan_format(format_cases[i].seconds, buffer, sizeof(buffer)),
		        format_cases[i].text);
		tap_end();
	}
	tap_begin("a small buffer truncates");
	CHECK_STRING(timespan_format(90, tiny, sizeof(tiny)), "1mi");
	tap_end();
	return tap_finish();
}

/* SPDX-License-Identifier: Apache-2.0 */

/* Time spans: sums of numbers with units. The administrator controls the text (`timeout =`). */

#include "base/timespan.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)
#define USEC_PER_YEAR UINT64_C(31557600000000) /* 365.25 days */

/* The units of systemd.time(7). Either letter of a micro sign is "µ" in UTF-8. */
static const struct {
	const char *name;
	uint64_t usec;
} units[] = {
        {"usec", 1},
        {"us", 1},
        {"\u00b5s", 1},
        {"\u03bcs", 1},
        {"msec", USEC_PER_MSEC},
        {"ms", USEC_PER_MSEC},
        {"seconds", USEC_PER_SEC},
        {"second", USEC_PER_SEC},
        {"sec", USEC_PER_SEC},
        {"s", USEC_PER_SEC},
        {"minutes", USEC_PER_MINUTE},
        {"minute", USEC_PER_MINUTE},
        {"min", USEC_PER_MINUTE},
        {"m", USEC_PER_MINUTE},
        {"hours", USEC_PER_HOUR},
        {"hour", USEC_PER_HOUR},
        {"hr", USEC_PER_HOUR},
        {"h", USEC_PER_HOUR},
        {"days", USEC_PER_DAY},
        {"day", USEC_PER_DAY},
        {"d", USEC_PER_DAY},
        {"weeks", 7 * USEC_PER_DAY},
        {"week", 7 * USEC_PER_DAY},
        {"w", 7 * USEC_PER_DAY},
        {"months", USEC_PER_YEAR / 12},
        {"month", USEC_PER_YEAR / 12},
        {"M", USEC_PER_YEAR / 12},
        {"years", USEC_PER_YEAR},
        {"year", USEC_PER_YEAR},
        {"y", USEC_PER_YEAR},
};

static void skip_space(const char **p)
{
	*p += strspn(*p, " \t");
}

/*
 * Returns the microseconds of the unit at *p, which is a whole word; a second if there is no unit;
 * 0 if it is unknown.
 */
static uint64_t read_unit(const char **p)
{
	size_t size = strcspn(*p, " \t.0123456789");

	if (size == 0)
		return **p == '.' ? 0 : USEC_PER_SEC; /* "1.5.5" */
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strlen(units[i].name) == size && memcmp(units[i].name, *p, size) == 0) {
			*p += size;
			return units[i].usec;
		}
	}
	return 0;
}

/* Reads digits; a number that does not fit stays above every limit. */
static bool read_whole(const char **p, uint64_t *ret)
{
	const char *start = *p;
	uint64_t n = 0;

	for (; isdigit((unsigned char)**p); (*p)++)
		n = n > USEC_PER_YEAR ? n : n * 10 + (uint64_t)(**p - '0');
	*ret = n;
	return *p > start;
}

/* Adds one number with its unit to *usec; a sum over a year stays over it. */
static int add_term(const char **p, uint64_t *usec)
{
	const char *fraction = NULL;
	uint64_t whole, unit, sum;
	bool any = read_whole(p, &whole);

	if (**p == '.') {
		uint64_t ignored;

		fraction = ++*p;
		any = read_whole(p, &ignored);
	}
	if (!any)
		return -EINVAL;
	skip_space(p);
	unit = read_unit(p);
	if (unit == 0)
		return -EINVAL;
	sum = whole > USEC_PER_YEAR / unit ? USEC_PER_YEAR + 1 : whole * unit;
	for (uint64_t tenth = unit / 10; fraction && isdigit((unsigned char)*fraction); tenth /= 10)
		sum += (uint64_t)(*fraction++ - '0') * tenth;
	*usec = *usec + sum > USEC_PER_YEAR ? USEC_PER_YEAR + 1 : *usec + sum;
	skip_space(p);
	return 0;
}

int timespan_parse(const char *text, uint64_t *ret_usec)
{
	uint64_t usec = 0;

	skip_space(&text);
	do {
		int r = add_term(&text, &usec);

		if (r < 0)
			return r;
	} while (*text);
	if (usec > USEC_PER_YEAR)
		return -ERANGE;
	*ret_usec = usec;
	return 0;
}

const char *timespan_format(int64_t seconds, char *buffer, size_t size)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} shown[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
	uint64_t left = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds, second;
	const char *sign = seconds < 0 ? "-" : "";
	size_t i = 0;

	while (i < ARRAY_SIZE(shown) - 1 && left < shown[i].seconds)
		i++;
	second = i + 1 < ARRAY_SIZE(shown) ? left % shown[i].seconds / shown[i + 1].seconds : 0;
	left /= shown[i].seconds;
	if (second > 0)
		snprintf(buffer, size, "%s%llu%s %llu%s", sign, (unsigned long long)left,
		        shown[i].name, (unsigned long long)second, shown[i + 1].name);
	else
		snprintf(buffer, size, "%s%llu%s", sign, (unsigned long long)left, shown[i].name);
	return buffer;
}

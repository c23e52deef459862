/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Points in time, parsed strictly and independently of locale and time zone. The network controls
 * expiry times and dates of replies, the unprivileged fetcher the state file.
 */

#include "base/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

/* Years of four digits. */
#define TIMESTAMP_MIN INT64_C(-62167219200)
#define TIMESTAMP_MAX INT64_C(253402300799)

static const char month_names[12][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

int64_t timestamp_now(void)
{
	return time(NULL);
}

uint64_t monotonic_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

const char *timestamp_format(int64_t t, char buffer[static TIMESTAMP_MAX_SIZE])
{
	time_t clamped = t < TIMESTAMP_MIN ? TIMESTAMP_MIN : t > TIMESTAMP_MAX ? TIMESTAMP_MAX : t;
	struct tm tm;

	gmtime_r(&clamped, &tm);
	strftime(buffer, TIMESTAMP_MAX_SIZE, "%04Y-%m-%dT%H:%M:%SZ", &tm);
	return buffer;
}

const char *timestamp_format_local(int64_t t, int64_t now, char buffer[static TIMESTAMP_MAX_SIZE])
{
	time_t time = t, time_now = now;
	struct tm tm, tm_now;

	if (!localtime_r(&time, &tm) || !localtime_r(&time_now, &tm_now))
		return timestamp_format(t, buffer);
	if (tm.tm_year == tm_now.tm_year && tm.tm_yday == tm_now.tm_yday)
		snprintf(buffer, TIMESTAMP_MAX_SIZE, "%02d:%02d", tm.tm_hour, tm.tm_min);
	else
		snprintf(buffer, TIMESTAMP_MAX_SIZE, "%s %d %02d:%02d", month_names[tm.tm_mon],
		        tm.tm_mday, tm.tm_hour, tm.tm_min);
	return buffer;
}

/* Reads exactly count digits. */
static bool take_number(const char **p, int count, int *ret)
{
	int n = 0;

	for (int i = 0; i < count; i++) {
		char c = (*p)[i];

		if (c < '0' || c > '9')
			return false;
		n = n * 10 + (c - '0');
	}
	*p += count;
	*ret = n;
	return true;
}

/* Skips this text, ignoring case. */
static bool take_text(const char **p, const char *text)
{
	size_t size = strlen(text);

	if (strncasecmp(*p, text, size) != 0)
		return false;
	*p += size;
	return true;
}

static bool take_name(const char **p, const char names[][4], int count, int *ret)
{
	for (int i = 0; i < count; i++) {
		if (strncmp(*p, names[i], 3) == 0) {
			*p += 3;
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool take_clock(const char **p, struct tm *tm)
{
	return take_number(p, 2, &tm->tm_hour) && take_text(p, ":") &&
	       take_number(p, 2, &tm->tm_min) && take_text(p, ":") &&
	       take_number(p, 2, &tm->tm_sec);
}

/* Counts from 1970. The sum begins 400 years before year 0, so that no dividend is negative. */
static int64_t days_before_year(int year)
{
	int64_t y = (int64_t)year + 399;

	return y * 365 + y / 4 - y / 100 + y / 400 - 865259;
}

/*
 * Converts to seconds since 1970. tm_year is the full year here and tm_mon begins with 1. A leap
 * second counts as the one after :59. Sets tm_wday as timegm() would, which would read the host's
 * time zone first.
 */
static int to_time(struct tm *tm, int64_t *ret)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (tm->tm_year % 4 == 0 && tm->tm_year % 100 != 0) || tm->tm_year % 400 == 0;
	int64_t day;

	if (tm->tm_mon < 1 || tm->tm_mon > 12 || tm->tm_mday < 1 ||
	        tm->tm_mday > days[tm->tm_mon - 1] + (leap && tm->tm_mon == 2) ||
	        tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
		return -EINVAL;
	day = days_before_year(tm->tm_year) + (leap && tm->tm_mon > 2) + tm->tm_mday - 1;
	for (int month = 1; month < tm->tm_mon; month++)
		day += days[month - 1];
	tm->tm_wday = (int)((day % 7 + 11) % 7); /* 1970-01-01 was a Thursday */
	*ret = ((day * 24 + tm->tm_hour) * 60 + tm->tm_min) * 60 + tm->tm_sec;
	return 0;
}

/* Skips ".123": any number of digits, which are ignored. */
static bool skip_fraction(const char **p)
{
	size_t digits;

	if (**p != '.')
		return true;
	digits = strspn(*p + 1, "0123456789");
	*p += 1 + digits;
	return digits > 0;
}

/* Reads "Z" or "+01:00", in seconds east of UTC. */
static bool take_offset(const char **p, int *ret)
{
	int sign = **p == '-' ? -1 : 1, hours, minutes;

	*ret = 0;
	if (take_text(p, "Z"))
		return true;
	if (**p != '+' && **p != '-')
		return false;
	(*p)++;
	if (!take_number(p, 2, &hours) || !take_text(p, ":") || !take_number(p, 2, &minutes) ||
	        hours > 23 || minutes > 59)
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

int timestamp_parse(const char *text, int64_t *ret)
{
	struct tm tm = {};
	int64_t t;
	int offset, r;

	if (!take_number(&text, 4, &tm.tm_year) || !take_text(&text, "-") ||
	        !take_number(&text, 2, &tm.tm_mon) || !take_text(&text, "-") ||
	        !take_number(&text, 2, &tm.tm_mday) || !take_text(&text, "T") ||
	        !take_clock(&text, &tm) || !skip_fraction(&text) || !take_offset(&text, &offset) ||
	        *text)
		return -EINVAL;
	r = to_time(&tm, &t);
	if (r < 0)
		return r;
	*ret = t - offset;
	return 0;
}

int timestamp_parse_http(const char *text, int64_t *ret)
{
	struct tm tm = {};
	int64_t t;
	int day, r;

	if (!take_name(&text, day_names, 7, &day) || !take_text(&text, ", ") ||
	        !take_number(&text, 2, &tm.tm_mday) || !take_text(&text, " ") ||
	        !take_name(&text, month_names, 12, &tm.tm_mon) || !take_text(&text, " ") ||
	        !take_number(&text, 4, &tm.tm_year) || !take_text(&text, " ") ||
	        !take_clock(&text, &tm) || strcmp(text, " GMT") != 0)
		return -EINVAL;
	tm.tm_mon++;
	r = to_time(&tm, &t);
	if (r < 0)
		return r;
	if (tm.tm_wday != day)
		return -EINVAL;
	*ret = t;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Test Anything Protocol: a test is a case with a name and any number of CHECKs. meson runs
 * these programs with protocol 'tap' and counts each case.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned tap_count, tap_failures;
static bool tap_case_failed;
static char tap_name[512];

__attribute__((format(printf, 1, 2), unused)) static void tap_begin(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(tap_name, sizeof(tap_name), format, ap);
	va_end(ap);
	for (char *c = tap_name; *c; c++)
		if (*c == '#' || *c == '\n')
			*c = ' ';
	tap_case_failed = false;
}

__attribute__((unused)) static void tap_end(void)
{
	tap_count++;
	tap_failures += tap_case_failed;
	printf("%sok %u - %s\n", tap_case_failed ? "not " : "", tap_count, tap_name);
}

__attribute__((unused)) static void tap_skip(const char *name, const char *reason)
{
	printf("ok %u - %s # SKIP %s\n", ++tap_count, name, reason);
}

__attribute__((format(printf, 4, 5), unused)) static bool tap_check(
        bool ok, const char *file, int line, const char *format, ...)
{
	va_list ap;

	if (ok)
		return true;
	tap_case_failed = true;
	printf("# %s:%d: %s: ", file, line, tap_name);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
	return false;
}

#define CHECK(condition) tap_check((condition), __FILE__, __LINE__, "%s", #condition)
#define CHECK_INT(a, b)                                                                            \
	({                                                                                         \
		long long a_ = (a), b_ = (b);                                                      \
		tap_check(a_ == b_, __FILE__, __LINE__, "%s: %lld, not %lld", #a, a_, b_);         \
	})
#define CHECK_STRING(a, b)                                                                         \
	({                                                                                         \
		const char *a_ = (a), *b_ = (b);                                                   \
		tap_check(a_ &&b_ &&strcmp(a_, b_) == 0, __FILE__, __LINE__,                       \
		        "%s: \"%s\", not \"%s\"", #a, a_ ? a_ : "(null)", b_ ? b_ : "(null)");     \
	})

/* Prints the plan and returns the exit code of main(). */
__attribute__((unused)) static int tap_finish(void)
{
	printf("1..%u\n", tap_count);
	return tap_failures > 0;
}

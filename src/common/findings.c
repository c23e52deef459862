/* SPDX-License-Identifier: Apache-2.0 */
/* The programs' own words, and texts that reason_set() has made printable. */
#include "findings.h"

#include <stdarg.h>
#include <string.h>

#include "alloc.h"

static char *format_text(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));

static char *format_text(const char *format, va_list ap)
{
	char *text;

	if (vasprintf(&text, format, ap) < 0)
		abort();
	return text;
}

struct finding *findings_add(struct findings *f, enum severity severity, const char *format, ...)
{
	struct finding *finding = array_append(&f->items, &f->count, sizeof(*finding));
	va_list ap;

	va_start(ap, format);
	finding->severity = severity;
	finding->subject = format_text(format, ap);
	va_end(ap);
	return finding;
}

void finding_say(struct finding *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	*(char **)array_append(&f->lines, &f->n_lines, sizeof(*f->lines)) = format_text(format, ap);
	va_end(ap);
}

bool findings_are_good(const struct findings *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].severity != FINDING_GOOD)
			return false;
	return true;
}

static void append_finding(struct secret *text, const struct finding *f, bool colour)
{
	static const char *const words[][2] = {
	        [FINDING_GOOD] = {"ok    ", "\033[32mok\033[0m    "},
	        [FINDING_BAD] = {"FAIL  ", "\033[1;31mFAIL\033[0m  "},
	};

	secret_append_string(text, words[f->severity][colour]);
	secret_append_string(text, f->subject);
	secret_append_string(text, "\n");
	for (size_t i = 0; i < f->n_lines; i++) {
		secret_append_string(text, "      ");
		secret_append_string(text, f->lines[i]);
		secret_append_string(text, "\n");
	}
}

void findings_format(const struct findings *f, bool colour, struct secret *ret)
{
	for (size_t i = 0; i < f->count; i++)
		append_finding(ret, &f->items[i], colour);
}

void findings_done(struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		for (size_t n = 0; n < f->items[i].n_lines; n++)
			free(f->items[i].lines[n]);
		free(f->items[i].lines);
		free(f->items[i].subject);
	}
	free(f->items);
	*f = (struct findings){};
}

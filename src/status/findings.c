/* SPDX-License-Identifier: Apache-2.0 */
/* The texts come from the programs themselves, or were made printable by reason_set(). */
#include "status/findings.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/environment.h"
#include "base/file.h"

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

struct finding *findings_add_bad(struct findings *f, const char *code, const char *format, ...)
{
	struct finding *finding = array_append(&f->items, &f->count, sizeof(*finding));
	va_list ap;

	va_start(ap, format);
	finding->severity = FINDING_BAD;
	finding->code = code;
	finding->subject = format_text(format, ap);
	va_end(ap);
	return finding;
}

static void add_line(struct finding *f, char *line)
{
	*(char **)array_append(&f->lines, &f->n_lines, sizeof(*f->lines)) = line;
}

void finding_add_line(struct finding *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	add_line(f, format_text(format, ap));
	va_end(ap);
}

void finding_add_command(struct finding *f, const char *format, ...)
{
	_cleanup_(freep) char *command = NULL;
	va_list ap;

	va_start(ap, format);
	command = format_text(format, ap);
	va_end(ap);
	add_line(f, xasprintf("type: %s", command));
}

void finding_add_reason(struct finding *f, const struct reason *reason)
{
	static const char mark[] = "not authorized to perform: ";
	const char *action = strstr(reason->text, mark);
	size_t n;

	finding_add_line(f, "%s", reason->text);
	if (strncmp(reason->code, "AccessDenied", 12) != 0 || !action)
		return;
	action += strlen(mark);
	n = strspn(action, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-*");
	if (n > 0)
		finding_add_line(f, "the IAM policy lacks: %.*s", (int)n, action);
}

const char *finding_code_of(const char *reason_code)
{
	/* A code that ends with '*' matches all codes with that beginning. */
	static const char *const codes[][2] = {
	        {"AccessDenied*", "access-denied"},
	        {"dns", "no-route"},
	        {"no-connection", "no-route"},
	        {"timeout", "no-route"},
	        {"deadline", "no-route"},
	        {"broken-off", "no-route"},
	        {"certificate-untrusted", "tls-untrusted"},
	        {"ca-bundle", "tls-untrusted"},
	        {"ExpiredToken*", "keys-expired"},
	        {"UnrecognizedClientException", "keys-refused"},
	        {"InvalidClientTokenId", "keys-refused"},
	        {"InvalidSignatureException", "keys-refused"},
	        {"SignatureDoesNotMatch", "keys-refused"},
	        {"AuthFailure", "keys-refused"},
	        {"RequestTimeTooSkewed", "clock-skew"},
	        {"RequestExpired", "clock-skew"},
	        {"RequestInTheFuture", "clock-skew"},
	        {"no-region", "no-region"},
	        {"bad-region", "no-region"},
	        {"no-credentials", "no-identity"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		size_t n = strlen(codes[i][0]);
		bool is_prefix = codes[i][0][n - 1] == '*';

		if (is_prefix ? strncmp(reason_code, codes[i][0], n - 1) == 0
		              : strcmp(reason_code, codes[i][0]) == 0)
			return codes[i][1];
	}
	return "aws-error";
}

bool findings_are_good(const struct findings *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].severity == FINDING_BAD)
			return false;
	return true;
}

static void append_finding(struct secret *text, const struct finding *f, bool colour)
{
	static const char *const words[][2] = {
	        [FINDING_GOOD] = {"ok    ", "\033[32mok\033[0m    "},
	        [FINDING_NOTE] = {"note  ", "\033[33mnote\033[0m  "},
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
	if (f->code) {
		secret_append_string(text, "      see README#");
		secret_append_string(text, f->code);
		secret_append_string(text, "\n");
	}
}

void findings_format(const struct findings *f, bool colour, struct secret *ret)
{
	for (size_t i = 0; i < f->count; i++)
		append_finding(ret, &f->items[i], colour);
}

int findings_print(const struct findings *f)
{
	_secret_ struct secret text = {};

	findings_format(f, isatty(STDOUT_FILENO) && !environment_get("NO_COLOR"), &text);
	return file_write_all(STDOUT_FILENO, text.data, text.size);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* How the status looks: JSON for programs, a table for people. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "../common/alloc.h"
#include "../common/json.h"
#include "../common/printable.h"
#include "../common/timespan.h"
#include "../common/timestamp.h"
#include "status.h"

#define FORMAT_VERSION 1

static void append_error(struct secret *text, const struct reason *reason)
{
	if (!reason->code[0])
		return;
	secret_append_string(text, ",\"error\":{");
	json_append_member(text, "code", reason->code);
	json_append_member(text, "text", reason->text);
	secret_append_string(text, "}");
}

/* A user may lead its file into a directory of any name, and the ini spell one. */
static char *printable_copy(const char *s)
{
	char *copy = s ? xstrdup(s) : NULL;

	if (copy)
		make_printable(copy);
	return copy;
}

static void append_printable(struct secret *text, const char *key, const char *value)
{
	_cleanup_(freep) char *copy = printable_copy(value);

	json_append_member(text, key, copy);
}

static void append_registry(struct secret *text, const struct status_registry *r)
{
	const struct token *t = r->token;

	secret_append_string(text, "{");
	json_append_member(text, "registry", r->host);
	json_append_member(text, "identity", r->identity);
	json_append_member(text, "state", r->state);
	if (t && t->authorization.size > 0) {
		json_append_time(text, "fetched_at", t->fetched_at);
		json_append_time(text, "expires_at", t->expires_at);
		json_append_time(text, "renew_at", r->renewal);
		json_append_member(text, "provider", t->provider);
		json_append_member(text, "principal", t->principal);
	}
	if (t && t->failed_at) {
		json_append_time(text, "failing_since", t->failing_since);
		append_error(text, &t->failure);
	}
	secret_append_string(text, "}");
}

static void append_strings(struct secret *text, const char *key, char *const *strings, size_t n)
{
	secret_append_string(text, ",");
	json_append_string(text, key);
	secret_append_string(text, ":[");
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *copy = printable_copy(strings[i]);

		secret_append_string(text, i > 0 ? "," : "");
		json_append_string(text, copy);
	}
	secret_append_string(text, "]");
}

static void append_file(struct secret *text, const struct status_file *s)
{
	const struct record_file *f = s->file;
	_cleanup_(freep) char **hosts = xcalloc(f->n_entries + 1, sizeof(*hosts));

	for (size_t i = 0; i < f->n_entries; i++)
		hosts[i] = f->entries[i].host;
	secret_append_string(text, "{");
	append_printable(text, "user", f->user);
	append_printable(text, "file", f->file);
	append_printable(text, "path", f->path);
	json_append_member(text, "state", s->state);
	json_append_time(text, "since", f->since);
	json_append_time(text, "written_at", f->written_at);
	append_error(text, &f->failure);
	append_strings(text, "registries", hosts, f->n_entries);
	append_strings(text, "findings", f->findings, f->n_findings);
	secret_append_string(text, "}");
}

void status_format_json(const struct status *status, struct secret *ret)
{
	char head[64];

	snprintf(head, sizeof(head), "{\"version\":%d,\"good\":%s", FORMAT_VERSION,
	        status->is_good ? "true" : "false");
	secret_append_string(ret, head);
	json_append_member(ret, "summary", status->summary);
	secret_append_string(ret, ",\"registries\":[");
	for (size_t i = 0; i < status->n_registries; i++) {
		secret_append_string(ret, i > 0 ? "," : "");
		append_registry(ret, &status->registries[i]);
	}
	secret_append_string(ret, "],\"files\":[");
	for (size_t i = 0; i < status->n_files; i++) {
		secret_append_string(ret, i > 0 ? "," : "");
		append_file(ret, &status->files[i]);
	}
	secret_append_string(ret, "]");
	if (status->watch_failure->code[0]) {
		secret_append_string(ret, ",\"watch\":{");
		json_append_member(ret, "code", status->watch_failure->code);
		json_append_member(ret, "text", status->watch_failure->text);
		secret_append_string(ret, "}");
	}
	secret_append_string(ret, "}\n");
}

static void append_text(struct secret *text, const char *format, ...) _printf_(2, 3);

static void append_text(struct secret *text, const char *format, ...)
{
	_cleanup_(freep) char *s = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&s, format, ap) < 0)
		s = NULL;
	va_end(ap);
	if (s)
		secret_append_string(text, s);
}

static const char *paint(const char *state, bool colour)
{
	if (!colour)
		return "";
	return strcmp(state, "fresh") == 0     ? "\033[32m"
	       : strcmp(state, "failing") == 0 ? "\033[33m"
	       : strcmp(state, "pending") == 0 ? "\033[33m"
	                                       : "\033[31m";
}

/* The widest of a column; each cell has two blanks behind it. */
static int widest(int present, const char *cell)
{
	int n = cell ? (int)strlen(cell) : 0;

	return n > present ? n : present;
}

static const char *identity_cell(const char *identity)
{
	return *identity ? identity : "-";
}

static void append_registries(
        const struct status *status, int64_t now, bool colour, struct secret *ret)
{
	int host = (int)strlen("REGISTRY"), identity = (int)strlen("IDENTITY");

	for (size_t i = 0; i < status->n_registries; i++) {
		host = widest(host, status->registries[i].host);
		identity = widest(identity, identity_cell(status->registries[i].identity));
	}
	append_text(ret, "%-*s  %-*s  %-8s %-12s %s\n", host, "REGISTRY", identity, "IDENTITY",
	        "STATE", "EXPIRES IN", "RENEWAL");
	for (size_t i = 0; i < status->n_registries; i++) {
		const struct status_registry *r = &status->registries[i];
		char left[64] = "-", renewal[TIMESTAMP_MAX_SIZE] = "-";

		if (r->renewal) {
			timespan_format(r->token->expires_at - now, left, sizeof(left));
			timestamp_format_local(r->renewal, now, renewal);
		}
		append_text(ret, "%-*s  %-*s  %s%-8s%s %-12s %s\n", host, r->host, identity,
		        identity_cell(r->identity), paint(r->state, colour), r->state,
		        colour ? "\033[0m" : "", left, renewal);
		if (r->token && r->token->failed_at)
			append_text(ret, "    %s\n", r->token->failure.text);
	}
}

static void append_files(const struct status *status, int64_t now, bool colour, struct secret *ret)
{
	int user = (int)strlen("USER"), path = (int)strlen("FILE");

	for (size_t i = 0; i < status->n_files; i++) {
		const struct record_file *f = status->files[i].file;

		user = widest(user, f->user);
		path = widest(path, f->path ? f->path : f->file);
	}
	append_text(ret, "\n%-*s  %-*s  %-8s %s\n", user, "USER", path, "FILE", "STATE", "SINCE");
	for (size_t i = 0; i < status->n_files; i++) {
		const struct status_file *s = &status->files[i];
		const struct record_file *f = s->file;
		_cleanup_(freep) char *shown = printable_copy(f->path ? f->path : f->file);
		char since[TIMESTAMP_MAX_SIZE] = "-";

		if (f->since)
			timestamp_format_local(f->since, now, since);
		append_text(ret, "%-*s  %-*s  %s%-8s%s %s\n", user, f->user, path, shown,
		        paint(s->state, colour), s->state, colour ? "\033[0m" : "", since);
		if (f->failure.code[0])
			append_text(ret, "    %s\n", f->failure.text);
		for (size_t k = 0; k < f->n_findings; k++)
			append_text(ret, "    %s\n", f->findings[k]);
	}
}

void status_format_table(const struct status *status, int64_t now, bool colour, struct secret *ret)
{
	if (status->n_registries > 0)
		append_registries(status, now, colour, ret);
	if (status->n_files > 0)
		append_files(status, now, colour, ret);
	if (status->watch_failure->code[0])
		append_text(ret, "\n%s\n", status->watch_failure->text);

	append_text(ret, "%s%s\n", status->n_registries > 0 ? "\n" : "", status->summary);
}

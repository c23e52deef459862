/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formats a status as tables. Users control the names of their directories, and AWS the text of its
 * errors: all of it is made printable here.
 */
#include "refresher/status-table.h"

#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "refresher/table.h"
#include "status/summary.h"

static const char *colour_of(const char *state)
{
	return strcmp(state, "fresh") == 0     ? "\033[32m"
	       : strcmp(state, "failing") == 0 ? "\033[33m"
	       : strcmp(state, "pending") == 0 ? "\033[33m"
	                                       : "\033[31m";
}

static char *time_cell(int64_t t, int64_t now)
{
	char when[TIMESTAMP_MAX_SIZE];

	return xstrdup(t ? timestamp_format_local(t, now, when) : "-");
}

static char *expiry_cell(const struct status_registry *r, int64_t now)
{
	const int64_t t = r->expires_at;
	char span[64];

	if (r->life == TOKEN_AHEAD)
		return xstrdup("unknown");
	if (!t)
		return xstrdup("-");
	if (t > now)
		return xstrdup(timespan_format(t - now, span, sizeof(span)));
	return xasprintf("%s ago", timespan_format(now - t, span, sizeof(span)));
}

static const char *note_of(const struct status *s, const struct status_registry *r)
{
	if (r->life == TOKEN_AHEAD && !r->failing_since)
		return summary_of_life(r->life);
	return status_is_unfetched(r) ? summary_remedy(s) : r->failure.text;
}

static void append_registries(
        const struct status *s, const struct status_view *view, struct secret *ret)
{
	_cleanup_(table_done) struct table t = {
	        .titles = {"REGISTRY", "IDENTITY", "STATE", "EXPIRES IN", "RENEWAL AT"},
	        .n_columns = 5,
	        .coloured = 2,
	        .cut = TABLE_CUT_END};
	const char *last = "";

	for (size_t i = 0; i < s->n_registries; i++) {
		const struct status_registry *r = &s->registries[i];
		struct table_row *row = table_add_row(&t);
		const char *note = note_of(s, r);
		bool is_over = strcmp(r->state, "expired") == 0;

		row->cells[0] = table_text(xstrdup(r->host));
		row->cells[1] = table_text(xstrdup(*r->identity ? r->identity : "-"));
		row->cells[2] = xstrdup(r->state);
		row->cells[3] = expiry_cell(r, view->now);
		row->cells[4] = time_cell(is_over ? 0 : r->renewal, view->now);
		row->colour = colour_of(r->state);
		/* A common reason can be long. */
		table_add_note(row, *note && strcmp(note, last) == 0 ? "as above" : note);
		last = note;
	}
	table_append(&t, &view->table, ret);
}

static void append_files(const struct status *s, const struct status_view *view, struct secret *ret)
{
	_cleanup_(table_done) struct table t = {.titles = {"USER", "FILE", "STATE", "SINCE"},
	        .n_columns = 4,
	        .coloured = 2,
	        .elastic = 1,
	        .cut = TABLE_CUT_MIDDLE};

	for (size_t i = 0; i < s->n_files; i++) {
		const struct status_file *f = &s->files[i];
		struct table_row *row = table_add_row(&t);

		row->cells[0] = table_text(xstrdup(f->user));
		row->cells[1] = table_text(xstrdup(f->path ? f->path : f->file));
		row->cells[2] = xstrdup(f->state);
		row->cells[3] = time_cell(f->state_since, view->now);
		row->colour = colour_of(f->state);
		table_add_note(row, f->failure.text);
		for (size_t k = 0; k < f->n_findings; k++)
			table_add_note(row, f->findings[k]);
	}
	table_append(&t, &view->table, ret);
}

/* Adds a row for the section of the ini, and one for each object in that cluster. */
static void add_cluster(struct table *t, const struct status_cluster *c, int64_t now)
{
	const struct published_section *section = c->section;
	struct table_row *row = table_add_row(t);

	row->cells[0] = table_text(xasprintf("%s %s", c->kind, c->name));
	row->cells[1] = xstrdup("-");
	row->cells[2] = xstrdup(c->state);
	row->cells[3] = time_cell(section ? section->since : 0, now);
	row->colour = colour_of(c->state);
	if (section)
		table_add_note(row, section->failure.text);
	for (size_t i = 0; section && i < section->n_warnings; i++)
		table_add_note(row, section->warnings[i]);
	for (size_t i = 0; section && i < section->n_targets; i++) {
		const struct published_target *target = &section->targets[i];

		row = table_add_row(t);
		row->cells[0] = table_text(xasprintf("%s %s", c->kind, c->name));
		row->cells[1] = table_text(xasprintf("%s %s", target->kind, target->name));
		row->cells[2] = xstrdup(status_of_target(target));
		row->cells[3] = time_cell(target->since, now);
		row->colour = colour_of(status_of_target(target));
		table_add_note(row, target->failure.text);
	}
}

static void append_clusters(
        const struct status *s, const struct status_view *view, struct secret *ret)
{
	_cleanup_(table_done) struct table t = {.titles = {"CLUSTER", "TARGET", "STATE", "SINCE"},
	        .n_columns = 4,
	        .coloured = 2,
	        .elastic = 1,
	        .cut = TABLE_CUT_MIDDLE};

	for (size_t i = 0; i < s->n_clusters; i++)
		add_cluster(&t, &s->clusters[i], view->now);
	table_append(&t, &view->table, ret);
}

static void append_service(
        const struct status *s, const struct status_view *view, struct secret *ret)
{
	if (s->n_registries > 0) {
		append_registries(s, view, ret);
		secret_append_string(ret, "\n");
	}
	if (s->n_files > 0) {
		append_files(s, view, ret);
		secret_append_string(ret, "\n");
	}
	if (s->n_clusters > 0) {
		append_clusters(s, view, ret);
		secret_append_string(ret, "\n");
	}
	if (s->watch_failure.code[0]) {
		table_append_wrapped(ret, s->watch_failure.text, 0, view->table.width);
		secret_append_string(ret, "\n");
	}
}

static bool cut_reason(char *summary, const char *reason)
{
	_cleanup_(freep) char *tail = xasprintf(": %s", reason);
	char *found = *reason ? strstr(summary, tail) : NULL;

	if (!found)
		return false;
	memmove(found, found + strlen(tail), strlen(found + strlen(tail)) + 1);
	return true;
}

/* Returns the summary without the first failure, which the table shows. Owned. */
static char *brief_summary(const struct status *s)
{
	char *summary = xstrdup(s->summary);

	for (size_t i = 0; i < s->n_registries; i++)
		if (cut_reason(summary, note_of(s, &s->registries[i])))
			return summary;
	for (size_t i = 0; i < s->n_files; i++)
		if (cut_reason(summary, s->files[i].failure.text))
			break;
	return summary;
}

/* Returns the summary of all services. Owned. */
static char *summary_of(const struct status *list, size_t n)
{
	_cleanup_(freep) struct status *brief = xcalloc(n + 1, sizeof(*brief));
	char *text;

	for (size_t i = 0; i < n; i++)
		brief[i] = (struct status){
		        .is_host = list[i].is_host, .summary = brief_summary(&list[i])};
	text = summary_format_list(brief, n);
	for (size_t i = 0; i < n; i++)
		free(brief[i].summary);
	return text;
}

void status_table(
        const struct status *list, size_t n, const struct status_view *view, struct secret *ret)
{
	_cleanup_(freep) char *summary = summary_of(list, n);

	for (size_t i = 0; i < n; i++) {
		if (n > 1) {
			table_append_painted(ret,
			        list[i].is_host ? "The host's service" : "Your own service",
			        view->table.colour ? TABLE_BOLD : NULL);
			secret_append_string(ret, "\n\n");
		}
		append_service(&list[i], view, ret);
	}
	summary[0] = (char)(summary[0] >= 'a' && summary[0] <= 'z' ? summary[0] - 32 : summary[0]);
	table_append_wrapped(ret, summary, 0, view->table.width);
}

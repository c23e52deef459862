/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users control the names of their directories, and AWS what it says about an error: all text
 * that gets here is made printable.
 */
#include "status-table.h"

#include <string.h>

#include "../common/alloc.h"
#include "../common/printable.h"
#include "../common/timespan.h"
#include "../common/timestamp.h"

#define MAX_COLUMNS 5
#define NARROWEST_CELL 24 /* what a host or a path is cut to at most */
#define WIDEST_TEXT 100   /* longer lines of prose are hard to read */
#define INDENT 4
#define ELLIPSIS "…"
#define WIDEST_TITLE strlen("EXPIRES IN")
#define BOLD "\033[1m"

struct row {
	char *cells[MAX_COLUMNS];
	const char *state;
	char **notes; /* sentences that go below it */
	size_t n_notes;
};

enum cut { CUT_END, CUT_MIDDLE };

struct table {
	const char *titles[MAX_COLUMNS];
	size_t n_columns;
	size_t state;   /* the column that has colours */
	size_t elastic; /* the one that gives way on a narrow terminal */
	enum cut cut;
	struct row *rows;
	size_t n_rows;
};

static void table_done(struct table *t)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		for (size_t c = 0; c < t->n_columns; c++)
			free(t->rows[i].cells[c]);
		for (size_t k = 0; k < t->rows[i].n_notes; k++)
			free(t->rows[i].notes[k]);
		free(t->rows[i].notes);
	}
	free(t->rows);
}

/* Takes the text over. */
static char *printable(char *text)
{
	make_printable(text);
	return text;
}

static void add_note(struct row *row, const char *text)
{
	if (text[0])
		*(char **)array_append(&row->notes, &row->n_notes, sizeof(char *)) =
		        printable(xstrdup(text));
}

/* Characters, not bytes: the text is UTF-8. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Where the character with this number begins. */
static const char *character(const char *s, size_t number)
{
	for (; *s; s++)
		if (((unsigned char)*s & 0xc0) != 0x80 && number-- == 0)
			break;
	return s;
}

/* The text in at most so many characters, an ellipsis for what is left out. Owned. */
static char *cut_to(const char *s, size_t width, enum cut cut)
{
	size_t all = width_of(s), head = cut == CUT_END ? width - 1 : (width - 1) / 2;
	size_t tail = width - 1 - head;

	if (all <= width)
		return xstrdup(s);
	return xasprintf(
	        "%.*s" ELLIPSIS "%s", (int)(character(s, head) - s), s, character(s, all - tail));
}

static void append_blanks(struct secret *ret, size_t n)
{
	while (n-- > 0)
		secret_append(ret, " ", 1);
}

/* Broken at blanks; a word that is too long for any line has one for itself. */
static void append_wrapped(struct secret *ret, const char *text, size_t indent, size_t width)
{
	size_t room = width > indent + 1 ? width - indent : 0, used = 0;

	if (room > WIDEST_TEXT)
		room = WIDEST_TEXT;
	append_blanks(ret, indent);
	for (const char *end; *text; text = end) {
		size_t n;

		text += strspn(text, " ");
		end = strchrnul(text, ' ');
		n = width_of(text) - width_of(end);
		if (room > 0 && used > 0 && used + 1 + n > room) {
			secret_append_string(ret, "\n");
			append_blanks(ret, indent);
			used = 0;
		} else if (used > 0) {
			secret_append_string(ret, " ");
			used++;
		}
		secret_append(ret, text, (size_t)(end - text));
		used += n;
	}
	secret_append_string(ret, "\n");
}

static const char *colour_of(const char *state)
{
	return strcmp(state, "fresh") == 0     ? "\033[32m"
	       : strcmp(state, "failing") == 0 ? "\033[33m"
	       : strcmp(state, "pending") == 0 ? "\033[33m"
	                                       : "\033[31m";
}

static void append_painted(struct secret *ret, const char *text, const char *colour)
{
	secret_append_string(ret, colour ? colour : "");
	secret_append_string(ret, text);
	secret_append_string(ret, colour ? "\033[0m" : "");
}

/* How wide each column is to be. Returns whether the rows fit then. */
static bool measure(const struct table *t, size_t width, size_t *widths)
{
	size_t sum = 2 * (t->n_columns - 1), excess, slack;

	for (size_t c = 0; c < t->n_columns; c++) {
		widths[c] = width_of(t->titles[c]);
		for (size_t i = 0; i < t->n_rows; i++) {
			size_t n = width_of(t->rows[i].cells[c]);

			widths[c] = n > widths[c] ? n : widths[c];
		}
		sum += widths[c];
	}
	if (width == 0 || sum <= width)
		return true;
	excess = sum - width;
	slack = widths[t->elastic] > NARROWEST_CELL ? widths[t->elastic] - NARROWEST_CELL : 0;
	widths[t->elastic] -= excess < slack ? excess : slack;
	return excess <= slack;
}

static const char *colour_of_cell(const struct table *t, size_t column, const struct row *row)
{
	return column == t->state ? colour_of(row->state) : NULL;
}

static void append_cell(const struct table *t, const struct status_view *view, size_t c,
        size_t width, const char *text, const char *colour, struct secret *ret)
{
	bool is_last = c + 1 == t->n_columns;
	_cleanup_(freep) char *shown = cut_to(text, width, t->cut);

	append_painted(ret, shown, view->colour ? colour : NULL);
	if (!is_last)
		append_blanks(ret, width - width_of(shown) + 2);
}

static void append_notes(const struct row *row, const struct status_view *view, struct secret *ret)
{
	for (size_t i = 0; i < row->n_notes; i++)
		append_wrapped(ret, row->notes[i], INDENT, view->width);
}

static void append_rows(const struct table *t, const struct status_view *view, const size_t *widths,
        struct secret *ret)
{
	for (size_t c = 0; c < t->n_columns; c++)
		append_cell(t, view, c, widths[c], t->titles[c], BOLD, ret);
	secret_append_string(ret, "\n");
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct row *row = &t->rows[i];

		for (size_t c = 0; c < t->n_columns; c++)
			append_cell(t, view, c, widths[c], row->cells[c], colour_of_cell(t, c, row),
			        ret);
		secret_append_string(ret, "\n");
		append_notes(row, view, ret);
	}
}

/* Where even the narrowest rows do not fit: a line for each cell. */
static void append_list(const struct table *t, const struct status_view *view, struct secret *ret)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct row *row = &t->rows[i];

		append_painted(ret, row->cells[0], view->colour ? BOLD : NULL);
		secret_append_string(ret, "\n");
		for (size_t c = 1; c < t->n_columns; c++) {
			append_blanks(ret, INDENT);
			secret_append_string(ret, t->titles[c]);
			append_blanks(ret, WIDEST_TITLE + 2 - strlen(t->titles[c]));
			append_painted(ret, row->cells[c],
			        view->colour ? colour_of_cell(t, c, row) : NULL);
			secret_append_string(ret, "\n");
		}
		append_notes(row, view, ret);
	}
}

static void append_table(const struct table *t, const struct status_view *view, struct secret *ret)
{
	size_t widths[MAX_COLUMNS] = {};

	if (measure(t, view->width, widths))
		append_rows(t, view, widths, ret);
	else
		append_list(t, view, ret);
}

static char *time_cell(int64_t t, int64_t now)
{
	char when[TIMESTAMP_MAX_SIZE];

	return xstrdup(t ? timestamp_format_local(t, now, when) : "-");
}

static char *expiry_cell(int64_t t, int64_t now)
{
	char span[64];

	if (!t)
		return xstrdup("-");
	if (t > now)
		return xstrdup(timespan_format(t - now, span, sizeof(span)));
	return xasprintf("%s ago", timespan_format(now - t, span, sizeof(span)));
}

static const char *note_of(const struct status *s, const struct status_registry *r)
{
	return status_is_unfetched(r) ? status_remedy(s) : r->failure.text;
}

static void append_registries(
        const struct status *s, const struct status_view *view, struct secret *ret)
{
	_cleanup_(table_done) struct table t = {
	        .titles = {"REGISTRY", "IDENTITY", "STATE", "EXPIRES IN", "RENEWAL AT"},
	        .n_columns = 5,
	        .state = 2,
	        .cut = CUT_END};

	const char *last = "";

	for (size_t i = 0; i < s->n_registries; i++) {
		const struct status_registry *r = &s->registries[i];
		struct row *row = array_append(&t.rows, &t.n_rows, sizeof(*row));
		const char *note = note_of(s, r);
		bool is_over = strcmp(r->state, "expired") == 0;

		row->cells[0] = printable(xstrdup(r->host));
		row->cells[1] = printable(xstrdup(*r->identity ? r->identity : "-"));
		row->cells[2] = xstrdup(r->state);
		row->cells[3] = expiry_cell(r->expires_at, view->now);
		row->cells[4] = time_cell(is_over ? 0 : r->renewal, view->now);
		row->state = r->state;
		/* What they have in common can be long. */
		add_note(row, *note && strcmp(note, last) == 0 ? "as above" : note);
		last = note;
	}
	append_table(&t, view, ret);
}

static void append_files(const struct status *s, const struct status_view *view, struct secret *ret)
{
	_cleanup_(table_done) struct table t = {.titles = {"USER", "FILE", "STATE", "SINCE"},
	        .n_columns = 4,
	        .state = 2,
	        .elastic = 1,
	        .cut = CUT_MIDDLE};

	for (size_t i = 0; i < s->n_files; i++) {
		const struct status_file *f = &s->files[i];
		struct row *row = array_append(&t.rows, &t.n_rows, sizeof(*row));

		row->cells[0] = printable(xstrdup(f->user));
		row->cells[1] = printable(xstrdup(f->path ? f->path : f->file));
		row->cells[2] = xstrdup(f->state);
		row->cells[3] = time_cell(f->since, view->now);
		row->state = f->state;
		add_note(row, f->failure.text);
		for (size_t k = 0; k < f->n_findings; k++)
			add_note(row, f->findings[k]);
	}
	append_table(&t, view, ret);
}

/* The section of the ini, and a line for each object in that cluster. */
static void add_cluster(struct table *t, const struct status_cluster *c, int64_t now)
{
	const struct published_section *section = c->section;
	struct row *row = array_append(&t->rows, &t->n_rows, sizeof(*row));

	row->cells[0] = printable(xasprintf("%s %s", c->kind, c->name));
	row->cells[1] = xstrdup("-");
	row->cells[2] = xstrdup(c->state);
	row->cells[3] = time_cell(section ? section->since : 0, now);
	row->state = c->state;
	if (section)
		add_note(row, section->failure.text);
	for (size_t i = 0; section && i < section->n_warnings; i++)
		add_note(row, section->warnings[i]);
	for (size_t i = 0; section && i < section->n_targets; i++) {
		const struct published_target *target = &section->targets[i];

		row = array_append(&t->rows, &t->n_rows, sizeof(*row));
		row->cells[0] = printable(xasprintf("%s %s", c->kind, c->name));
		row->cells[1] = printable(xasprintf("%s %s", target->kind, target->name));
		row->cells[2] = xstrdup(status_of_target(target));
		row->cells[3] = time_cell(target->since, now);
		row->state = status_of_target(target);
		add_note(row, target->failure.text);
	}
}

static void append_clusters(
        const struct status *s, const struct status_view *view, struct secret *ret)
{
	_cleanup_(table_done) struct table t = {.titles = {"CLUSTER", "TARGET", "STATE", "SINCE"},
	        .n_columns = 4,
	        .state = 2,
	        .elastic = 1,
	        .cut = CUT_MIDDLE};

	for (size_t i = 0; i < s->n_clusters; i++)
		add_cluster(&t, &s->clusters[i], view->now);
	append_table(&t, view, ret);
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
		append_wrapped(ret, s->watch_failure.text, 0, view->width);
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

/* The summary without the first failure, which is told above it. Owned. */
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

/* Of all services. Owned. */
static char *summary_of(const struct status *list, size_t n)
{
	_cleanup_(freep) struct status *brief = xcalloc(n + 1, sizeof(*brief));
	char *text;

	for (size_t i = 0; i < n; i++)
		brief[i] = (struct status){
		        .is_host = list[i].is_host, .summary = brief_summary(&list[i])};
	text = status_summary(brief, n);
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
			append_painted(ret,
			        list[i].is_host ? "The host's service" : "Your own service",
			        view->colour ? BOLD : NULL);
			secret_append_string(ret, "\n\n");
		}
		append_service(&list[i], view, ret);
	}
	summary[0] = (char)(summary[0] >= 'a' && summary[0] <= 'z' ? summary[0] - 32 : summary[0]);
	append_wrapped(ret, summary, 0, view->width);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Formats tables. Text comes from many sources: table_text() and table_add_note() sanitize it. */
#include "refresher/table.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define NARROWEST_CELL 24 /* the elastic column is not cut further */
#define WIDEST_TEXT 100   /* longer lines of prose are hard to read */
#define INDENT 4
#define LIST_TITLE_SIZE sizeof("EXPIRES IN ") /* the longest title, and two blanks */
#define ELLIPSIS "…"

char *table_text(char *text)
{
	text_sanitize(text);
	return text;
}

struct table_row *table_add_row(struct table *t)
{
	return array_append(&t->rows, &t->n_rows, sizeof(*t->rows));
}

void table_add_note(struct table_row *row, const char *text)
{
	if (text[0])
		*(char **)array_append(&row->notes, &row->n_notes, sizeof(char *)) =
		        table_text(xstrdup(text));
}

/* Characters, not bytes: the text is UTF-8. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Returns where the character with this number begins. */
static const char *character(const char *s, size_t number)
{
	for (; *s; s++)
		if (((unsigned char)*s & 0xc0) != 0x80 && number-- == 0)
			break;
	return s;
}

/* Cuts the text to so many characters; an ellipsis replaces what is left out. Owned. */
static char *cut_to(const char *s, size_t width, enum table_cut cut)
{
	size_t all = width_of(s), head = cut == TABLE_CUT_END ? width - 1 : (width - 1) / 2;
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

void table_append_wrapped(struct secret *ret, const char *text, size_t indent, size_t width)
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

void table_append_painted(struct secret *ret, const char *text, const char *colour)
{
	secret_append_string(ret, colour ? colour : "");
	secret_append_string(ret, text);
	secret_append_string(ret, colour ? "\033[0m" : "");
}

/* Calculates the width of each column. Returns whether the rows fit. */
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

static const char *colour_of_cell(const struct table *t, size_t column, const struct table_row *row)
{
	return column == t->coloured ? row->colour : NULL;
}

static void append_cell(const struct table *t, const struct table_view *view, size_t c,
        size_t width, const char *text, const char *colour, struct secret *ret)
{
	bool is_last = c + 1 == t->n_columns;
	_cleanup_(freep) char *shown = cut_to(text, width, t->cut);

	table_append_painted(ret, shown, view->colour ? colour : NULL);
	if (!is_last)
		append_blanks(ret, width - width_of(shown) + 2);
}

static void append_notes(
        const struct table_row *row, const struct table_view *view, struct secret *ret)
{
	for (size_t i = 0; i < row->n_notes; i++)
		table_append_wrapped(ret, row->notes[i], INDENT, view->width);
}

static void append_rows(const struct table *t, const struct table_view *view, const size_t *widths,
        struct secret *ret)
{
	for (size_t c = 0; c < t->n_columns; c++)
		append_cell(t, view, c, widths[c], t->titles[c], TABLE_BOLD, ret);
	secret_append_string(ret, "\n");
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct table_row *row = &t->rows[i];

		for (size_t c = 0; c < t->n_columns; c++)
			append_cell(t, view, c, widths[c], row->cells[c], colour_of_cell(t, c, row),
			        ret);
		secret_append_string(ret, "\n");
		append_notes(row, view, ret);
	}
}

/* Appends a line for each cell, if even the narrowest rows do not fit. */
static void append_list(const struct table *t, const struct table_view *view, struct secret *ret)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct table_row *row = &t->rows[i];

		table_append_painted(ret, row->cells[0], view->colour ? TABLE_BOLD : NULL);
		secret_append_string(ret, "\n");
		for (size_t c = 1; c < t->n_columns; c++) {
			append_blanks(ret, INDENT);
			secret_append_string(ret, t->titles[c]);
			append_blanks(ret, LIST_TITLE_SIZE - strlen(t->titles[c]));
			table_append_painted(ret, row->cells[c],
			        view->colour ? colour_of_cell(t, c, row) : NULL);
			secret_append_string(ret, "\n");
		}
		append_notes(row, view, ret);
	}
}

void table_append(const struct table *t, const struct table_view *view, struct secret *ret)
{
	size_t widths[TABLE_MAX_COLUMNS] = {};

	if (measure(t, view->width, widths))
		append_rows(t, view, widths, ret);
	else
		append_list(t, view, ret);
}

void table_done(struct table *t)
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

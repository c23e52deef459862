/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text in columns, made to fit a terminal: one column is cut, and if that is not enough, each cell
 * gets its own line.
 */

#include <stdbool.h>

#include "base/secret.h"

#define TABLE_MAX_COLUMNS 5
#define TABLE_BOLD "\033[1m"

struct table_row {
	char *cells[TABLE_MAX_COLUMNS]; /* owned */
	const char *colour;             /* of one of them */
	char **notes;                   /* sentences that go below it; owned */
	size_t n_notes;
};

/* Which part of a cell is cut if it is too long. */
enum table_cut { TABLE_CUT_END, TABLE_CUT_MIDDLE };

struct table {
	const char *titles[TABLE_MAX_COLUMNS];
	size_t n_columns;
	size_t coloured; /* the column that has the colours */
	size_t elastic;  /* the one that is cut on a narrow terminal */
	enum table_cut cut;
	struct table_row *rows;
	size_t n_rows;
};

struct table_view {
	bool colour;  /* with escape sequences */
	size_t width; /* of the terminal; 0: no line is too long */
};

struct table_row *table_add_row(struct table *t);

/* Adds a sentence below the row; "" is ignored. */
void table_add_note(struct table_row *row, const char *text);

/* Makes the text of a cell printable; takes ownership of it and returns it. */
char *table_text(char *text);

void table_append(const struct table *t, const struct table_view *view, struct secret *ret);

/* Appends prose, broken at blanks; a word that is too long for any line gets its own. */
void table_append_wrapped(struct secret *ret, const char *text, size_t indent, size_t width);

/* Appends text in a colour: an escape sequence, or NULL. */
void table_append_painted(struct secret *ret, const char *text, const char *colour);

void table_done(struct table *t);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text in columns, made to fit a terminal: one column gives way, and where that is not enough each
 * cell has a line of its own.
 */

#include <stdbool.h>

#include "base/secret.h"

#define TABLE_MAX_COLUMNS 5
#define TABLE_BOLD "\033[1m"

/* One line, and what belongs to it. */
struct table_row {
	char *cells[TABLE_MAX_COLUMNS]; /* owned */
	const char *colour;             /* of one of them */
	char **notes;                   /* sentences that go below it; owned */
	size_t n_notes;
};

/* What of a cell that is too long is left out. */
enum table_cut { TABLE_CUT_END, TABLE_CUT_MIDDLE };

struct table {
	const char *titles[TABLE_MAX_COLUMNS];
	size_t n_columns;
	size_t coloured; /* the column that has the colours */
	size_t elastic;  /* the one that gives way on a narrow terminal */
	enum table_cut cut;
	struct table_row *rows;
	size_t n_rows;
};

/* Where it is going to be seen. */
struct table_view {
	bool colour;  /* with escape sequences */
	size_t width; /* of the terminal; 0: no line is too long */
};

struct table_row *table_add_row(struct table *t);

/* A sentence below the row; "" is none. */
void table_add_note(struct table_row *row, const char *text);

/* Text for a cell, made printable; takes it over. */
char *table_text(char *text);

void table_append(const struct table *t, const struct table_view *view, struct secret *ret);

/* Prose, broken at blanks; a word that is too long for any line has one for itself. */
void table_append_wrapped(struct secret *ret, const char *text, size_t indent, size_t width);

/* colour: an escape sequence, or NULL. */
void table_append_painted(struct secret *ret, const char *text, const char *colour);

void table_done(struct table *t);

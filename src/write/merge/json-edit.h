/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Changes JSON text in places, and in the style that is there: edits are collected while the text
 * is walked, and applied once. Users control the text, which json_check() has passed.
 */

#include "write/merge/json-walk.h"

/* One piece of the text gives way to a piece of the pool. */
struct json_edit {
	struct json_span span;
	size_t offset;
	size_t size;
};

struct json_edits {
	struct json_edit *items;
	size_t count;
	struct secret pool;
};

/* Starts an edit; json_edits_put() then says what comes in the place of the span. */
void json_edits_add(struct json_edits *e, size_t begin, size_t end);
void json_edits_put(struct json_edits *e, const char *string);

/* Appends the edited text to ret. Returns 0, or -EIO where two edits overlap: a bug. */
int json_edits_apply(struct json_edits *e, const char *text, size_t size, struct secret *ret);
void json_edits_done(struct json_edits *e);

/* A line break and the indentation behind it: what a member stands behind. "" in a single line. */
#define JSON_LINE_MAX 128

struct json_line {
	char text[JSON_LINE_MAX];
};

struct json_style {
	char unit[20];        /* one level of indentation */
	char colon[20];       /* with the white space around it */
	char comma[4];        /* between members in a single line */
	struct json_line top; /* what the outermost object stands behind: "" but in a new file */
};

/* Reads the style off the outermost object and its first member. */
struct json_style json_style(const char *text, struct json_span root);

struct json_line json_line_deeper(const struct json_style *style, const struct json_line *line);

/* What the member whose key begins here stands behind. */
struct json_line json_line_of(const char *text, size_t key_begin);

/* The changes to one object, whose members are gone through in order. */
struct json_object_edit {
	struct json_span object;
	struct json_member first;
	struct json_member last;
	size_t count;
	bool any_kept;
};

/* The next member: it stays, or it is taken out with the comma it needed. */
void json_object_edit_keep(
        struct json_object_edit *o, struct json_edits *e, const struct json_member *m);
void json_object_edit_remove(
        struct json_object_edit *o, struct json_edits *e, const struct json_member *m);

/*
 * Behind the last member, one of: nothing comes in, or new members do. For these the caller puts
 * place.open, the members with place.between between them, and place.close.
 */
struct json_place {
	char open[JSON_LINE_MAX + 2];
	char after_first_pass[JSON_LINE_MAX + 2];
	char close[JSON_LINE_MAX];
	struct json_line line; /* what the new members stand behind */
};

void json_object_edit_close(const struct json_object_edit *o, struct json_edits *e);

/* outer: what the object itself stands behind. Starts the edit. */
struct json_place json_object_edit_insert(const struct json_object_edit *o, struct json_edits *e,
        const char *text, const struct json_style *style, const struct json_line *outer);

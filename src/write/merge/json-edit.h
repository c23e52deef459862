/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Edits of JSON text that keep its style: they are collected while the text is walked, and applied
 * once. Users control the text, which json_check() has passed.
 */

#include "write/merge/json-walk.h"

/* Replaces a piece of the text by a piece of the pool. */
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

/* Starts an edit of this span; json_edits_put() adds what replaces it. */
void json_edits_add(struct json_edits *e, size_t begin, size_t end);
void json_edits_put(struct json_edits *e, const char *string);

/* Appends the edited text to ret. Returns 0, or -EIO if two edits overlap: a bug. */
int json_edits_apply(struct json_edits *e, const char *text, size_t size, struct secret *ret);
void json_edits_done(struct json_edits *e);

/* The line break and indentation in front of a member; "" if all is on one line. */
#define JSON_LINE_MAX 128

struct json_line {
	char text[JSON_LINE_MAX];
};

struct json_style {
	char unit[20];        /* one level of indentation */
	char colon[20];       /* with the white space around it */
	char comma[4];        /* between members in a single line */
	struct json_line top; /* of the outermost object: "" except in a new file */
};

/* Derives the style from the outermost object and its first member. */
struct json_style json_style(const char *text, struct json_span root);

/* Returns the line with one more level of indentation. */
struct json_line json_line_deeper(const struct json_style *style, const struct json_line *line);

/* Returns the line in front of the member whose key begins here. */
struct json_line json_line_of(const char *text, size_t key_begin);

/* The changes to one object, made member by member. */
struct json_object_edit {
	struct json_span object;
	struct json_member first;
	struct json_member last;
	size_t count;
	bool any_kept;
};

/* Keeps the next member, or removes it together with its comma. */
void json_object_edit_keep(
        struct json_object_edit *o, struct json_edits *e, const struct json_member *m);
void json_object_edit_remove(
        struct json_object_edit *o, struct json_edits *e, const struct json_member *m);

/*
 * After the last member the caller either closes the object or inserts new members. To insert, it
 * puts place.open, the members separated by place.between, and place.close.
 */
struct json_place {
	char open[JSON_LINE_MAX + 2];
	char after_first_pass[JSON_LINE_MAX + 2];
	char close[JSON_LINE_MAX];
	struct json_line line; /* of the new members */
};

void json_object_edit_close(const struct json_object_edit *o, struct json_edits *e);

/* Starts the edit that inserts members. outer: the line of the object itself. */
struct json_place json_object_edit_insert(const struct json_object_edit *o, struct json_edits *e,
        const char *text, const struct json_style *style, const struct json_line *outer);

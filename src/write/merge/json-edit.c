/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits of JSON text that leave every other byte as it was. What is inserted looks like its
 * neighbours: the white space before the last member is repeated for the next one, up to a limit,
 * so that a strange file cannot inflate the result. Users control the text.
 */
#include "write/merge/json-edit.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "write/merge/json-scan.h"

void json_edits_add(struct json_edits *e, size_t begin, size_t end)
{
	struct json_edit *edit = array_append(&e->items, &e->count, sizeof(*edit));

	edit->span = (struct json_span){begin, end};
	edit->offset = e->pool.size;
}

void json_edits_put(struct json_edits *e, const char *string)
{
	secret_append_string(&e->pool, string);
	e->items[e->count - 1].size = e->pool.size - e->items[e->count - 1].offset;
}

static int compare_edits(const void *a, const void *b)
{
	const struct json_edit *x = a, *y = b;

	if (x->span.begin != y->span.begin)
		return x->span.begin < y->span.begin ? -1 : 1;
	return x->span.end < y->span.end ? -1 : x->span.end > y->span.end;
}

int json_edits_apply(struct json_edits *e, const char *text, size_t size, struct secret *ret)
{
	_secret_ struct secret out = {};
	size_t at = 0;

	qsort(e->items, e->count, sizeof(*e->items), compare_edits);
	secret_reserve(&out, size + e->pool.size);
	for (size_t i = 0; i < e->count; i++) {
		const struct json_edit *edit = &e->items[i];

		if (edit->span.begin < at || edit->span.end < edit->span.begin ||
		        edit->span.end > size)
			return -EIO;
		secret_append(&out, text + at, edit->span.begin - at);
		if (edit->size > 0)
			secret_append(&out, e->pool.data + edit->offset, edit->size);
		at = edit->span.end;
	}
	secret_append(&out, text + at, size - at);
	secret_move(ret, &out);
	return 0;
}

void json_edits_done(struct json_edits *e)
{
	free(e->items);
	secret_done(&e->pool);
	*e = (struct json_edits){};
}

/* Copies a piece of the text, or nothing if it is longer than any sane style needs. */
static void copy_span(const char *text, size_t begin, size_t end, char *ret, size_t ret_size)
{
	size_t size = end - begin < ret_size ? end - begin : 0;

	memcpy(ret, text + begin, size);
	ret[size] = '\0';
}

/* Returns the last line break in a piece of white space, and what follows it. */
static struct json_line line_in(const char *text, size_t begin, size_t end)
{
	struct json_line line = {};
	const char *newline = memrchr(text + begin, '\n', end - begin);
	size_t at;

	if (!newline)
		return line;
	at = (size_t)(newline - text);
	if (at > begin && text[at - 1] == '\r')
		at--;
	copy_span(text, at, end, line.text, sizeof(line.text));
	return line;
}

static size_t space_begin(const char *text, size_t at)
{
	while (at > 0 && json_is_space(text[at - 1]))
		at--;
	return at;
}

struct json_line json_line_of(const char *text, size_t key_begin)
{
	return line_in(text, space_begin(text, key_begin), key_begin);
}

struct json_line json_line_deeper(const struct json_style *style, const struct json_line *line)
{
	struct json_line deeper = *line;
	size_t used = strlen(line->text);

	if (used > 0 && used + strlen(style->unit) < sizeof(deeper.text))
		memcpy(deeper.text + used, style->unit, strlen(style->unit) + 1);
	return deeper;
}

struct json_style json_style(const char *text, struct json_span root)
{
	struct json_style style = {.unit = "\t", .colon = ": ", .comma = " "};
	struct json_members members = json_members(text, root);
	struct json_member first;
	struct json_line line;
	const char *newline;

	if (!json_members_next(&members, &first))
		return style;
	line = json_line_of(text, first.key.begin);
	newline = strchr(line.text, '\n');
	if (newline && strlen(newline + 1) < sizeof(style.unit))
		memcpy(style.unit, newline + 1, strlen(newline + 1) + 1);
	if (!memchr(text + first.key.end, '\n', first.value.begin - first.key.end))
		copy_span(text, first.key.end, first.value.begin, style.colon, sizeof(style.colon));
	if (!style.colon[0])
		memcpy(style.colon, ": ", sizeof(": "));
	if (!json_is_space(style.colon[strlen(style.colon) - 1]))
		style.comma[0] = '\0';
	return style;
}

static void object_edit_count(struct json_object_edit *o, const struct json_member *m)
{
	if (o->count++ == 0)
		o->first = *m;
	o->last = *m;
}

void json_object_edit_keep(
        struct json_object_edit *o, struct json_edits *e, const struct json_member *m)
{
	/* All members before this one are removed: it becomes the first. */
	if (o->count > 0 && !o->any_kept)
		json_edits_add(e, o->first.key.begin, m->key.begin);
	o->any_kept = true;
	object_edit_count(o, m);
}

void json_object_edit_remove(
        struct json_object_edit *o, struct json_edits *e, const struct json_member *m)
{
	/* Until one member is kept it is unknown which comma to remove. */
	if (o->any_kept)
		json_edits_add(e, o->last.value.end, m->value.end);
	object_edit_count(o, m);
}

void json_object_edit_close(const struct json_object_edit *o, struct json_edits *e)
{
	if (o->count > 0 && !o->any_kept)
		json_edits_add(e, o->object.begin + 1, o->object.end - 1);
}

/* Inserts after the last member, in its style. */
static struct json_place insert_after_last(const struct json_object_edit *o, struct json_edits *e,
        const char *text, const struct json_style *style)
{
	struct json_place place = {.after_first_pass = ","};
	size_t key = o->last.key.begin, lead = space_begin(text, key);
	size_t end = o->last.value.end;

	place.line = line_in(text, lead, key);
	copy_span(text, lead, key, place.after_first_pass + 1, sizeof(place.after_first_pass) - 2);
	if (key - lead >= sizeof(place.after_first_pass) - 2)
		memcpy(place.after_first_pass + 1, place.line.text, sizeof(place.line.text));
	else if (o->count == 1 && key == lead)
		memcpy(place.after_first_pass + 1, style->comma, sizeof(style->comma));
	if (o->any_kept)
		memcpy(place.open, place.after_first_pass, sizeof(place.open));
	json_edits_add(e, o->any_kept ? end : o->first.key.begin, end);
	return place;
}

/* Inserts between empty braces: on new lines if the object or its closing brace has one. */
static struct json_place insert_into_empty(const struct json_object_edit *o, struct json_edits *e,
        const char *text, const struct json_style *style, const struct json_line *outer)
{
	struct json_place place = {.after_first_pass = ","};
	size_t begin = o->object.begin + 1, end = o->object.end - 1;
	struct json_line closing = line_in(text, begin, end);
	bool own_lines = closing.text[0] != '\0';

	place.line = json_line_deeper(style, own_lines ? &closing : outer);
	memcpy(place.open, place.line.text, sizeof(place.line.text));
	memcpy(place.after_first_pass + 1, place.line.text, sizeof(place.line.text));
	if (!place.line.text[0]) {
		memcpy(place.after_first_pass + 1, style->comma, sizeof(style->comma));
		copy_span(text, begin, end, place.open, sizeof(style->comma));
		memcpy(place.close, place.open, sizeof(style->comma));
	} else if (!own_lines) {
		memcpy(place.close, outer->text, sizeof(outer->text));
	}
	json_edits_add(e, begin, own_lines ? begin : end);
	return place;
}

struct json_place json_object_edit_insert(const struct json_object_edit *o, struct json_edits *e,
        const char *text, const struct json_style *style, const struct json_line *outer)
{
	if (o->count > 0)
		return insert_after_last(o, e, text, style);
	return insert_into_empty(o, e, text, style, outer);
}

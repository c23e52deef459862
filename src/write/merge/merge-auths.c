/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads "auths" as Go's encoding/json does: several add up to one map, and a null empties it; keys
 * of structs match in any case, keys of maps exactly. Users control the text.
 */
#include "write/merge/merge-auths.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "write/merge/json-scan.h"

/* Repository keys are found first and may be many; the limit leaves room for other findings. */
#define MAX_REPOSITORY_FINDINGS (MERGE_MAX_FINDINGS / 2)

/* Edits one member of "auths". Returns whether it should be removed. */
static bool walk_entry(struct merge_auths *a, const struct json_member *entry)
{
	enum merge_entry_removal removal;
	enum merge_key kind;
	size_t size;
	const char *key = json_string(a->t->text, entry->key, &a->t->scratch, &size);
	struct merge_host *host = merge_hosts_find_key(a->hosts, key, size, &kind);

	if (!host)
		return false;
	if (kind == MERGE_KEY_REPOSITORY) {
		if (merge_host_is_desired(host) && a->result->n_findings < MAX_REPOSITORY_FINDINGS)
			merge_result_add_finding(
			        a->result, MERGE_REPOSITORY_KEY, host->entry->host, key, size);
		return false;
	}
	if (merge_host_is_desired(host)) {
		if (kind == MERGE_KEY_BARE)
			host->seen_in = a->generation;
		merge_entry_set(a->t, host, entry);
		return false;
	}
	removal = merge_entry_remove(a->t, host, entry);
	if (removal != MERGE_ENTRY_NOT_OURS)
		a->result->removed[host->index] = true;
	return removal == MERGE_ENTRY_USELESS;
}

static bool is_exact(const char *text, struct json_span key, const char *name)
{
	size_t size = strlen(name);

	return key.end - key.begin - 2 == size && memcmp(text + key.begin + 1, name, size) == 0;
}

static void close_target(struct merge_auths *a)
{
	if (a->has_target)
		json_object_edit_close(&a->target.edit, &a->t->edits);
	a->has_target = false;
}

static void walk_auths_object(struct merge_auths *a, const struct json_member *member)
{
	struct json_members members = json_members(a->t->text, member->value);
	struct json_member entry;
	struct merge_auths_object object = {
	        .exact = is_exact(a->t->text, member->key, "auths"),
	        .line = json_line_of(a->t->text, member->key.begin),
	        .edit.object = member->value,
	};

	while (json_members_next(&members, &entry)) {
		if (walk_entry(a, &entry))
			json_object_edit_remove(&object.edit, &a->t->edits, &entry);
		else
			json_object_edit_keep(&object.edit, &a->t->edits, &entry);
	}
	a->any_object = true;
	if (a->has_target && a->target.exact && !object.exact) {
		json_object_edit_close(&object.edit, &a->t->edits);
		return;
	}
	close_target(a);
	a->target = object;
	a->has_target = true;
}

int merge_auths_walk(
        struct merge_auths *a, const struct json_member *member, struct reason *ret_reason)
{
	char c = a->t->text[member->value.begin];

	if (c == '{') {
		walk_auths_object(a, member);
		return 0;
	}
	if (c != 'n')
		return reason_set(ret_reason, EBADMSG, "not-object",
		        "line %zu: \"auths\" is %s, not an object; the file is left alone until it "
		        "is fixed",
		        json_line(a->t->text, member->value.begin), json_kind(c));
	/* Go forgets the ones before it. */
	close_target(a);
	a->generation++;
	a->null_member = *member;
	return 0;
}

static bool is_missing(const struct merge_auths *a, const struct merge_host *host)
{
	return merge_host_is_desired(host) && host->seen_in != a->generation;
}

static bool any_missing(const struct merge_auths *a)
{
	for (size_t i = 0; i < a->hosts->count; i++)
		if (is_missing(a, &a->hosts->items[i]))
			return true;
	return false;
}

/* Puts the missing entries as members of an object; line is that of the entries' values. */
static void put_missing(
        struct merge_auths *a, const struct json_place *place, const struct json_line *line)
{
	bool first = true;

	json_edits_put(&a->t->edits, place->open);
	for (size_t i = 0; i < a->hosts->count; i++) {
		const struct merge_host *host = &a->hosts->items[i];

		if (!is_missing(a, host))
			continue;
		if (!first)
			json_edits_put(&a->t->edits, place->after_first_pass);
		first = false;
		merge_text_put_key(a->t, host->entry->host);
		merge_entry_put(a->t, host, line);
	}
	json_edits_put(&a->t->edits, place->close);
}

/* Reports whether the last entry of an "auths" is an object on one line: new ones should be too. */
static bool is_inline(const char *text, const struct json_object_edit *o)
{
	struct json_span v = o->last.value;

	return o->count > 0 && text[v.begin] == '{' && v.end - v.begin > 2 &&
	       !memchr(text + v.begin, '\n', v.end - v.begin);
}

static void insert_into_target(struct merge_auths *a)
{
	struct json_line single = {};
	struct json_place place = json_object_edit_insert(
	        &a->target.edit, &a->t->edits, a->t->text, &a->t->style, &a->target.line);

	put_missing(a, &place, is_inline(a->t->text, &a->target.edit) ? &single : &place.line);
}

/* Puts a whole "auths", as the value of a member with this line. */
static void put_auths(struct merge_auths *a, const struct json_line *line)
{
	struct json_place place = {.line = json_line_deeper(&a->t->style, line)};

	snprintf(place.open, sizeof(place.open), "{%s", place.line.text);
	snprintf(place.after_first_pass, sizeof(place.after_first_pass), ",%s",
	        place.line.text[0] ? place.line.text : a->t->style.comma);
	put_missing(a, &place, &place.line);
	json_edits_put(&a->t->edits, line->text);
	json_edits_put(&a->t->edits, "}");
}

static void insert_auths(struct merge_auths *a, const struct json_object_edit *top)
{
	struct json_place place = json_object_edit_insert(
	        top, &a->t->edits, a->t->text, &a->t->style, &a->t->style.top);

	json_edits_put(&a->t->edits, place.open);
	merge_text_put_key(a->t, "auths");
	put_auths(a, &place.line);
	json_edits_put(&a->t->edits, place.close);
}

static void replace_null(struct merge_auths *a)
{
	struct json_line line = json_line_of(a->t->text, a->null_member.key.begin);

	json_edits_add(&a->t->edits, a->null_member.value.begin, a->null_member.value.end);
	put_auths(a, &line);
}

void merge_auths_insert_missing(struct merge_auths *a, const struct json_object_edit *top)
{
	if (!any_missing(a))
		close_target(a);
	else if (a->has_target)
		insert_into_target(a);
	else if (a->generation > 1 && !a->any_object)
		replace_null(a);
	else /* replacing a null would revive the "auths" before it */
		insert_auths(a, top);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of an entry only the field "auth" is ours. An "identitytoken" is removed, because docker prefers
 * it. A key may appear more than once, and Go uses the last: all of them are corrected. Users
 * control the text.
 */
#include "write/merge/merge-entry.h"

#include <string.h>

#include "base/json.h"
#include "state/written.h"
#include "write/merge/json-scan.h"

void merge_text_done(struct merge_text *t)
{
	json_edits_done(&t->edits);
	secret_done(&t->scratch);
}

void merge_text_put_key(struct merge_text *t, const char *key)
{
	json_edits_put(&t->edits, "\"");
	json_edits_put(&t->edits, key);
	json_edits_put(&t->edits, "\"");
	json_edits_put(&t->edits, t->style.colon);
}

static void put_auth(struct merge_text *t, const struct merge_host *host)
{
	json_edits_put(&t->edits, "\"");
	json_edits_put(&t->edits, secret_string(host->entry->auth));
	json_edits_put(&t->edits, "\"");
}

void merge_entry_put(
        struct merge_text *t, const struct merge_host *host, const struct json_line *line)
{
	struct json_line inside = json_line_deeper(&t->style, line);

	json_edits_put(&t->edits, "{");
	json_edits_put(&t->edits, inside.text);
	merge_text_put_key(t, "auth");
	put_auth(t, host);
	json_edits_put(&t->edits, line->text);
	json_edits_put(&t->edits, "}");
}

/* Counts an auth for this host. Returns whether it may be written. */
static bool count_copy(struct merge_text *t, struct merge_host *host)
{
	if (host->copies < MERGE_MAX_COPIES) {
		host->copies++;
		return true;
	}
	t->overflow = host;
	return false;
}

static bool is_auth(struct merge_text *t, struct json_span key)
{
	return json_key_is(t->text, key, "auth", &t->scratch);
}

/* Reads the text of an auth; NULL if it is not a string. */
static const char *read_auth(struct merge_text *t, struct json_span value, size_t *ret_size)
{
	if (t->text[value.begin] != '"')
		return NULL;
	return json_string(t->text, value, &t->scratch, ret_size);
}

static bool auth_is(struct merge_text *t, struct json_span value, const struct secret *auth)
{
	size_t size = 0;
	const char *s = read_auth(t, value, &size);

	return s && size == auth->size && memcmp(s, auth->data, size) == 0;
}

static bool auth_is_ours(struct merge_text *t, struct json_span value, uint64_t ours)
{
	size_t size = 0;
	const char *s = read_auth(t, value, &size);

	return s && written_hash(s, size) == ours;
}

static void set_auth(struct merge_text *t, struct merge_host *host, struct json_span value)
{
	if (auth_is(t, value, host->entry->auth) || !count_copy(t, host))
		return;
	json_edits_add(&t->edits, value.begin, value.end);
	put_auth(t, host);
}

static void replace_entry(
        struct merge_text *t, struct merge_host *host, const struct json_member *entry)
{
	struct json_line line = json_line_of(t->text, entry->key.begin);

	if (!count_copy(t, host))
		return;
	json_edits_add(&t->edits, entry->value.begin, entry->value.end);
	merge_entry_put(t, host, &line);
}

static void insert_auth(struct merge_text *t, struct merge_host *host,
        const struct json_member *entry, const struct json_object_edit *o)
{
	struct json_line line = json_line_of(t->text, entry->key.begin);
	struct json_place place;

	if (!count_copy(t, host))
		return;
	place = json_object_edit_insert(o, &t->edits, t->text, &t->style, &line);
	json_edits_put(&t->edits, place.open);
	merge_text_put_key(t, "auth");
	put_auth(t, host);
	json_edits_put(&t->edits, place.close);
}

void merge_entry_set(struct merge_text *t, struct merge_host *host, const struct json_member *entry)
{
	struct json_members fields = json_members(t->text, entry->value);
	struct json_object_edit o = {.object = entry->value};
	struct json_member field;
	bool has_auth = false;

	if (t->text[entry->value.begin] != '{') {
		replace_entry(t, host, entry);
		return;
	}
	while (json_members_next(&fields, &field)) {
		if (json_key_is(t->text, field.key, "identitytoken", &t->scratch)) {
			json_object_edit_remove(&o, &t->edits, &field);
			continue;
		}
		json_object_edit_keep(&o, &t->edits, &field);
		if (is_auth(t, field.key)) {
			set_auth(t, host, field.value);
			has_auth = true;
		}
	}
	if (!has_auth)
		insert_auth(t, host, entry, &o);
}

enum merge_entry_removal merge_entry_remove(
        struct merge_text *t, const struct merge_host *host, const struct json_member *entry)
{
	struct json_members fields = json_members(t->text, entry->value);
	struct json_object_edit o = {.object = entry->value};
	struct json_member field;
	bool was_ours = false;

	if (t->text[entry->value.begin] != '{')
		return MERGE_ENTRY_NOT_OURS;
	while (json_members_next(&fields, &field)) {
		if (is_auth(t, field.key) && auth_is_ours(t, field.value, host->entry->hash)) {
			json_object_edit_remove(&o, &t->edits, &field);
			was_ours = true;
		} else {
			json_object_edit_keep(&o, &t->edits, &field);
		}
	}
	if (!was_ours)
		return MERGE_ENTRY_NOT_OURS;
	return o.any_kept ? MERGE_ENTRY_CLEARED : MERGE_ENTRY_USELESS;
}

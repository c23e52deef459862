/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The merge walks once through the text, as Go's encoding/json would for docker, and collects
 * edits: an auth that differs is replaced, a stale identitytoken taken out, a missing entry
 * inserted. In Go's reading several "auths" add up to one map, and a null empties it; keys of
 * structs are taken in any case, keys of maps as they are. Nothing is parsed and printed again.
 * Users control the text, so nothing here may take more than linear time or copy much.
 */
#include "merge.h"

#include <errno.h>
#include <string.h>

#include "../common/alloc.h"
#include "json-scan.h"
#include "merge-entry.h"
#include "merge-helper.h"

/* Repository keys are found first and may be many; the other findings are to have a place too. */
#define MAX_REPOSITORY_FINDINGS (MERGE_MAX_FINDINGS / 2)

/* One "auths" object of the text. */
struct auths {
	bool exact; /* spelt as docker writes it */
	struct json_line line;
	struct json_object_edit edit;
};

struct merger {
	struct merge_text t;
	struct merge_hosts hosts;
	struct merge_helpers helpers;
	struct merge_result result;

	struct json_object_edit top;
	size_t generation;   /* of "auths": counts the nulls, from 1 */
	bool any_auths;      /* an "auths" object, of any generation */
	struct auths target; /* where new entries go, of this generation */
	bool has_target;
	struct json_member null_auths; /* the latest */
};

static void merger_done(struct merger *m)
{
	merge_text_done(&m->t);
	merge_hosts_done(&m->hosts);
	merge_result_done(&m->result);
}

uint64_t merge_hash(const char *auth, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)auth[i]) * UINT64_C(0x100000001b3);
	return hash;
}

void merge_result_add_finding(struct merge_result *r, enum merge_finding_kind kind,
        const char *host, const char *detail, size_t size)
{
	struct merge_finding *f;

	if (r->n_findings == MERGE_MAX_FINDINGS)
		return;
	f = array_append(&r->findings, &r->n_findings, sizeof(*f));
	f->kind = kind;
	snprintf(f->host, sizeof(f->host), "%s", host);
	for (size_t i = 0; i < size && i < sizeof(f->detail) - 1; i++)
		f->detail[i] = (char)(detail[i] >= 0x20 && detail[i] < 0x7f ? detail[i] : '?');
}

static void note_repository(
        struct merger *m, const struct merge_host *host, const char *key, size_t size)
{
	if (merge_host_is_wanted(host) && m->result.n_findings < MAX_REPOSITORY_FINDINGS)
		merge_result_add_finding(
		        &m->result, MERGE_REPOSITORY_KEY, host->entry->host, key, size);
}

/* One member of "auths". Returns whether it is to go. */
static bool walk_entry(struct merger *m, const struct json_member *entry)
{
	enum merge_entry_removal removal;
	enum merge_key kind;
	size_t size;
	const char *key = json_string(m->t.text, entry->key, &m->t.scratch, &size);
	struct merge_host *host = merge_hosts_find_key(&m->hosts, key, size, &kind);

	if (!host)
		return false;
	if (kind == MERGE_KEY_REPOSITORY) {
		note_repository(m, host, key, size);
		return false;
	}
	if (merge_host_is_wanted(host)) {
		if (kind == MERGE_KEY_BARE)
			host->seen_in = m->generation;
		merge_entry_set(&m->t, host, entry);
		return false;
	}
	removal = merge_entry_remove(&m->t, host, entry);
	if (removal != MERGE_ENTRY_NOT_OURS)
		m->result.removed[host->index] = true;
	return removal == MERGE_ENTRY_USELESS;
}

static bool is_exact(const char *text, struct json_span key, const char *name)
{
	size_t size = strlen(name);

	return key.end - key.begin - 2 == size && memcmp(text + key.begin + 1, name, size) == 0;
}

static void close_target(struct merger *m)
{
	if (m->has_target)
		json_object_edit_close(&m->target.edit, &m->t.edits);
	m->has_target = false;
}

static void walk_auths_object(struct merger *m, const struct json_member *member)
{
	struct json_members members = json_members(m->t.text, member->value);
	struct json_member entry;
	struct auths a = {
	        .exact = is_exact(m->t.text, member->key, "auths"),
	        .line = json_line_of(m->t.text, member->key.begin),
	        .edit.object = member->value,
	};

	while (json_members_next(&members, &entry)) {
		if (walk_entry(m, &entry))
			json_object_edit_remove(&a.edit, &m->t.edits, &entry);
		else
			json_object_edit_keep(&a.edit, &m->t.edits, &entry);
	}
	m->any_auths = true;
	if (m->has_target && m->target.exact && !a.exact) {
		json_object_edit_close(&a.edit, &m->t.edits);
		return;
	}
	close_target(m);
	m->target = a;
	m->has_target = true;
}

static const char *value_kind(char c)
{
	switch (c) {
	case '[':
		return "an array";
	case '"':
		return "a string";
	case 't':
	case 'f':
		return "a boolean";
	case 'n':
		return "null";
	default:
		return "a number";
	}
}

static int walk_auths(struct merger *m, const struct json_member *member, struct reason *ret_reason)
{
	char c = m->t.text[member->value.begin];

	if (c == '{') {
		walk_auths_object(m, member);
		return 0;
	}
	if (c != 'n')
		return reason_set(ret_reason, EBADMSG, "not-object",
		        "line %zu: \"auths\" is %s, not an object; the file is left alone until "
		        "that is mended",
		        json_line(m->t.text, member->value.begin), value_kind(c));
	/* Go forgets the ones in front of it. */
	close_target(m);
	m->generation++;
	m->null_auths = *member;
	return 0;
}

static int walk_top(struct merger *m, struct reason *ret_reason)
{
	struct merge_text *t = &m->t;
	struct json_members members = json_members(t->text, m->top.object);
	struct json_member member;
	int r;

	while (json_members_next(&members, &member)) {
		json_object_edit_keep(&m->top, &t->edits, &member);
		if (json_key_is(t->text, member.key, "auths", &t->scratch)) {
			r = walk_auths(m, &member, ret_reason);
			if (r < 0)
				return r;
		} else if (json_key_is(t->text, member.key, "credhelpers", &t->scratch)) {
			merge_helpers_note(
			        &m->helpers, t->text, member.value, &m->hosts, &t->scratch);
		} else if (json_key_is(t->text, member.key, "credsstore", &t->scratch)) {
			merge_helpers_note_store(&m->helpers, t->text, member.value);
		}
	}
	return 0;
}

static bool is_missing(const struct merger *m, const struct merge_host *host)
{
	return merge_host_is_wanted(host) && host->seen_in != m->generation;
}

static bool any_missing(const struct merger *m)
{
	for (size_t i = 0; i < m->hosts.count; i++)
		if (is_missing(m, &m->hosts.items[i]))
			return true;
	return false;
}

/* The missing entries, as members of an object; line is what the entries' values stand behind. */
static void put_missing(
        struct merger *m, const struct json_place *place, const struct json_line *line)
{
	bool first = true;

	json_edits_put(&m->t.edits, place->open);
	for (size_t i = 0; i < m->hosts.count; i++) {
		const struct merge_host *host = &m->hosts.items[i];

		if (!is_missing(m, host))
			continue;
		if (!first)
			json_edits_put(&m->t.edits, place->between);
		first = false;
		merge_text_put_key(&m->t, host->entry->host);
		merge_entry_put(&m->t, host, line);
	}
	json_edits_put(&m->t.edits, place->close);
}

/* Whether the last entry of an "auths" is an object on one line, as new ones should be then. */
static bool is_inline(const char *text, const struct json_object_edit *o)
{
	struct json_span v = o->last.value;

	return o->count > 0 && text[v.begin] == '{' && v.end - v.begin > 2 &&
	       !memchr(text + v.begin, '\n', v.end - v.begin);
}

static void insert_into_target(struct merger *m)
{
	struct json_line single = {};
	struct json_place place = json_object_edit_insert(
	        &m->target.edit, &m->t.edits, m->t.text, &m->t.style, &m->target.line);

	put_missing(m, &place, is_inline(m->t.text, &m->target.edit) ? &single : &place.line);
}

/* A whole "auths", as the value of a member that stands behind this line. */
static void put_auths(struct merger *m, const struct json_line *line)
{
	struct json_place place = {.line = json_line_deeper(&m->t.style, line)};

	snprintf(place.open, sizeof(place.open), "{%s", place.line.text);
	snprintf(place.between, sizeof(place.between), ",%s",
	        place.line.text[0] ? place.line.text : m->t.style.comma);
	put_missing(m, &place, &place.line);
	json_edits_put(&m->t.edits, line->text);
	json_edits_put(&m->t.edits, "}");
}

static void insert_auths(struct merger *m)
{
	struct json_place place = json_object_edit_insert(
	        &m->top, &m->t.edits, m->t.text, &m->t.style, &m->t.style.top);

	json_edits_put(&m->t.edits, place.open);
	merge_text_put_key(&m->t, "auths");
	put_auths(m, &place.line);
	json_edits_put(&m->t.edits, place.close);
}

static void replace_null(struct merger *m)
{
	struct json_line line = json_line_of(m->t.text, m->null_auths.key.begin);

	json_edits_add(&m->t.edits, m->null_auths.value.begin, m->null_auths.value.end);
	put_auths(m, &line);
}

static void insert_missing(struct merger *m)
{
	if (!any_missing(m))
		close_target(m);
	else if (m->has_target)
		insert_into_target(m);
	else if (m->generation > 1 && !m->any_auths)
		replace_null(m);
	else
		insert_auths(m); /* to replace a null would revive the "auths" in front of it */
}

/* Whether a string can stand in JSON as it is. Hosts and base64 can. */
static bool is_plain(const char *s, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\')
			return false;
	return true;
}

static int check_entries(
        const struct merge_entry *entries, size_t n_entries, struct reason *ret_reason)
{
	for (size_t i = 0; i < n_entries; i++) {
		const struct secret *auth = entries[i].auth;

		if (!is_plain(entries[i].host, strlen(entries[i].host)) ||
		        (auth && !is_plain(secret_string(auth), auth->size)))
			return reason_set(ret_reason, EINVAL, "internal",
			        "the entry for %s has characters that no token has",
			        entries[i].host);
	}
	return 0;
}

static int check_text(const char *text, size_t size, struct reason *ret_reason)
{
	static const char mend[] = "; the file is left alone until that is mended";
	struct reason reason = {};
	struct json_span root;
	int r = json_check(text, size, &reason);

	if (r < 0)
		return reason_set(ret_reason, EBADMSG, reason.code, "%s%s", reason.text, mend);
	root = json_root(text, size);
	if (text[root.begin] != '{')
		return reason_set(ret_reason, EBADMSG, "not-object",
		        "line %zu: the file holds %s, not an object%s", json_line(text, root.begin),
		        value_kind(text[root.begin]), mend);
	return 0;
}

/* Applies the edits and looks at the outcome: what goes to disk is JSON, whatever the bug. */
static int make_text(struct merger *m, size_t size, struct reason *ret_reason)
{
	struct reason reason = {.text = "edits overlap"};
	int r;

	if (m->t.overflow)
		return reason_set(ret_reason, EBADMSG, "too-many-copies",
		        "more than %d keys stand for %s; the file is left alone until they are "
		        "fewer",
		        MERGE_MAX_COPIES, m->t.overflow->entry->host);
	r = json_edits_apply(&m->t.edits, m->t.text, size, &m->result.text);
	if (r == 0)
		r = json_check(m->result.text.data, m->result.text.size, &reason);
	if (r < 0)
		return reason_set(ret_reason, EIO, "internal",
		        "the edited file would not be JSON (%s), so it is left alone; this is a "
		        "bug of ecr-refresher",
		        reason.text);
	m->result.changed = true;
	return 0;
}

static bool is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!json_is_space(text[i]))
			return false;
	return true;
}

static void merger_init(struct merger *m, const char *text, size_t size,
        const struct merge_entry *entries, size_t n_entries)
{
	m->t.text = text;
	m->top.object = json_root(text, size);
	m->t.style = json_style(text, m->top.object);
	m->generation = m->helpers.generation = 1;
	merge_hosts_make(entries, n_entries, &m->hosts);
	m->result.present = xcalloc(n_entries + 1, sizeof(bool));
	m->result.removed = xcalloc(n_entries + 1, sizeof(bool));
	m->result.n_entries = n_entries;
	for (size_t i = 0; i < m->hosts.count; i++)
		m->result.present[m->hosts.items[i].index] =
		        merge_host_is_wanted(&m->hosts.items[i]);
}

int merge(const char *text, size_t size, const struct merge_entry *entries, size_t n_entries,
        struct merge_result *ret, struct reason *ret_reason)
{
	_cleanup_(merger_done) struct merger m = {};
	bool is_new = is_blank(text, size);
	int r;

	if (is_new) {
		text = "{}";
		size = 2;
	}
	r = check_text(text, size, ret_reason);
	if (r < 0)
		return r;

	merger_init(&m, text, size, entries, n_entries);
	if (is_new)
		m.t.style.top.text[0] = '\n'; /* as docker's MarshalIndent(…, "", "\t") */
	r = walk_top(&m, ret_reason);
	if (r < 0)
		return r;
	insert_missing(&m);
	merge_helpers_report(&m.helpers, text, &m.hosts, &m.t.scratch, &m.result);
	if (m.t.edits.count > 0) {
		r = check_entries(entries, n_entries, ret_reason);
		if (r == 0)
			r = make_text(&m, size, ret_reason);
		if (r < 0)
			return r;
	}
	*ret = m.result;
	m.result = (struct merge_result){};
	return 0;
}

void merge_result_done(struct merge_result *r)
{
	secret_done(&r->text);
	free(r->present);
	free(r->removed);
	free(r->findings);
	*r = (struct merge_result){};
}

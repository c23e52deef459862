/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The merge walks the text once, as Go's encoding/json would for docker, and collects edits: an
 * auth that differs is replaced, a stale identitytoken removed, a missing entry inserted. Nothing
 * is parsed and printed again. Users control the text, so nothing here may take more than linear
 * time or copy much.
 */
#include "write/merge/merge.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "write/merge/json-scan.h"
#include "write/merge/merge-auths.h"
#include "write/merge/merge-helper.h"

struct merger {
	struct merge_text t;
	struct merge_hosts hosts;
	struct merge_auths auths;
	struct merge_helpers helpers;
	struct merge_result result;
	struct json_object_edit top;
};

static void merger_done(struct merger *m)
{
	merge_text_done(&m->t);
	merge_hosts_done(&m->hosts);
	merge_helpers_done(&m->helpers);
	merge_result_done(&m->result);
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
			r = merge_auths_walk(&m->auths, &member, ret_reason);
			if (r < 0)
				return r;
		} else if (json_key_is(t->text, member.key, "credhelpers", &t->scratch)) {
			merge_helpers_read(
			        &m->helpers, t->text, member.value, &m->hosts, &t->scratch);
		} else if (json_key_is(t->text, member.key, "credsstore", &t->scratch)) {
			merge_helpers_read_store(&m->helpers, t->text, member.value, &t->scratch);
		}
	}
	return 0;
}

/* Reports whether a string needs no escapes in JSON; hosts and base64 do not. */
static bool is_plain(const char *s, size_t size)
{
	return text_is_visible(s, size) && !memchr(s, '"', size) && !memchr(s, '\\', size);
}

static int check_entries(
        const struct desired_entry *entries, size_t n_entries, struct reason *ret_reason)
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
	static const char fix[] = "; the file is left alone until it is fixed";
	struct reason reason = {};
	struct json_span root;
	int r = json_check(text, size, &reason);

	if (r < 0)
		return reason_set(ret_reason, EBADMSG, reason.code, "%s%s", reason.text, fix);
	root = json_root(text, size);
	if (text[root.begin] != '{')
		return reason_set(ret_reason, EBADMSG, "not-object",
		        "line %zu: the file holds %s, not an object%s", json_line(text, root.begin),
		        json_kind(text[root.begin]), fix);
	return 0;
}

/* Applies the edits and validates the result, so that no bug can write anything but JSON. */
static int make_text(struct merger *m, size_t size, struct reason *ret_reason)
{
	struct reason reason = {.text = "edits overlap"};
	int r;

	if (m->t.overflow)
		return reason_set(ret_reason, EBADMSG, "too-many-copies",
		        "more than %d keys denote %s; the file is left alone until there are fewer",
		        MERGE_MAX_COPIES, m->t.overflow->entry->host);
	r = json_edits_apply(&m->t.edits, m->t.text, size, &m->result.text);
	if (r == 0)
		r = json_check(m->result.text.data, m->result.text.size, &reason);
	if (r < 0)
		return reason_set(ret_reason, EIO, "internal",
		        "the edited file would not be JSON (%s), so it is left alone; this is a "
		        "bug in ecr-refresher",
		        reason.text);
	m->result.changed = true;
	return 0;
}

static void merger_init(struct merger *m, const char *text, size_t size,
        const struct desired_entry *entries, size_t n_entries)
{
	m->t.text = text;
	m->top.object = json_root(text, size);
	m->t.style = json_style(text, m->top.object);
	m->helpers.generation = 1;
	m->auths = (struct merge_auths){
	        .t = &m->t, .hosts = &m->hosts, .result = &m->result, .generation = 1};
	merge_hosts_make(entries, n_entries, &m->hosts);
	m->result.present = xcalloc(n_entries + 1, sizeof(bool));
	m->result.removed = xcalloc(n_entries + 1, sizeof(bool));
	m->result.n_entries = n_entries;
	for (size_t i = 0; i < m->hosts.count; i++)
		m->result.present[m->hosts.items[i].index] =
		        merge_host_is_desired(&m->hosts.items[i]);
}

int merge(const char *text, size_t size, const struct desired_entry *entries, size_t n_entries,
        struct merge_result *ret, struct reason *ret_reason)
{
	_cleanup_(merger_done) struct merger m = {};
	bool is_new = json_is_blank(text, size);
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
	merge_auths_insert_missing(&m.auths, &m.top);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "credHelpers" and "credsStore" of a file, as Go's encoding/json reads them: several "credHelpers"
 * add up to one map, and a null empties it; keys of structs are taken in any case, keys of maps as
 * they are. Users control the text.
 */
#include "write/merge/merge-helper.h"

#include <string.h>

#include "base/json.h"
#include "write/merge/helper-selection.h"

/* Returns the name that a string has, or "" for a null. */
static struct helper_name read_name(
        const char *text, struct json_span value, struct secret *scratch)
{
	struct helper_name name = {.text = ""};

	if (text[value.begin] == '"')
		name.text = json_string(text, value, scratch, &name.size);
	return name;
}

static void read_member(struct merge_helpers *h, const char *text, const struct json_member *member,
        struct merge_hosts *hosts, struct secret *scratch)
{
	size_t size;
	const char *key = json_string(text, member->key, scratch, &size);
	struct merge_host *host = merge_hosts_find(hosts, key, size);
	bool exact;

	if (!host || !strchr("\"n", text[member->value.begin]))
		return;
	exact = memcmp(key, host->entry->host, size) == 0;
	if (host->helper_in == h->generation && host->helper_exact && !exact)
		return;
	host->helper_in = h->generation;
	host->helper_exact = exact;
	host->helper = member->value;
}

void merge_helpers_read(struct merge_helpers *h, const char *text, struct json_span value,
        struct merge_hosts *hosts, struct secret *scratch)
{
	struct json_members members = json_members(text, value);
	struct json_member member;

	if (text[value.begin] == 'n')
		h->generation++;
	if (text[value.begin] != '{')
		return;
	while (json_members_next(&members, &member))
		read_member(h, text, &member, hosts, scratch);
}

void merge_helpers_read_store(
        struct merge_helpers *h, const char *text, struct json_span value, struct secret *scratch)
{
	struct helper_name name;

	if (text[value.begin] != '"')
		return;
	name = read_name(text, value, scratch);
	secret_set(&h->store, name.text, name.size);
}

/* Selects what docker asks for the host's configured spelling or, any_spelling, for the file's. */
static struct helper_selection select_helper(const struct merge_helpers *h, const char *text,
        const struct merge_host *host, bool any_spelling, struct secret *scratch)
{
	struct helper_name store = {secret_string(&h->store), h->store.size}, for_host = {};

	if (host->helper_in == h->generation && (host->helper_exact || any_spelling))
		for_host = read_name(text, host->helper, scratch);
	return helper_select_docker(for_host, store);
}

static bool is_hidden_by(enum helper_setting setting, const struct helper_selection *s)
{
	return s->setting == setting && !s->is_ours;
}

void merge_helpers_report(const struct merge_helpers *h, const char *text,
        const struct merge_hosts *hosts, struct secret *scratch, struct merge_result *result)
{
	bool store_is_reported = false;
	struct helper_selection s;

	for (size_t i = 0; i < hosts->count && !store_is_reported; i++) {
		if (!merge_host_is_desired(&hosts->items[i]))
			continue;
		s = select_helper(h, text, &hosts->items[i], false, scratch);
		if (!is_hidden_by(HELPER_CREDS_STORE, &s))
			continue;
		merge_result_add_finding(result, MERGE_CREDS_STORE, "", s.name.text, s.name.size);
		store_is_reported = true;
	}
	for (size_t i = 0; i < hosts->count; i++) {
		const struct merge_host *host = &hosts->items[i];

		if (!merge_host_is_desired(host))
			continue;
		s = select_helper(h, text, host, true, scratch);
		if (is_hidden_by(HELPER_CRED_HELPERS, &s))
			merge_result_add_finding(result, MERGE_CRED_HELPER, host->entry->host,
			        s.name.text, s.name.size);
	}
}

void merge_helpers_done(struct merge_helpers *h)
{
	secret_done(&h->store);
}

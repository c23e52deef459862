/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As docker decides it: credHelpers[host], where it is there at all, names the helper, and "" means
 * the file; credsStore names the helper of the other hosts. Several "credHelpers" add up to one
 * map, and a null empties it. Source: docker/cli cli/config/configfile, GetCredentialsStore().
 * Users control the text.
 */
#include "write/merge/merge-helper.h"

#include <string.h>

#include "base/json.h"

static void note_member(struct merge_helpers *h, const char *text, const struct json_member *member,
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

void merge_helpers_note(struct merge_helpers *h, const char *text, struct json_span value,
        struct merge_hosts *hosts, struct secret *scratch)
{
	struct json_members members = json_members(text, value);
	struct json_member member;

	if (text[value.begin] == 'n')
		h->generation++;
	if (text[value.begin] != '{')
		return;
	while (json_members_next(&members, &member))
		note_member(h, text, &member, hosts, scratch);
}

void merge_helpers_note_store(struct merge_helpers *h, const char *text, struct json_span value)
{
	if (text[value.begin] != '"')
		return;
	h->store = value;
	h->has_store = true;
}

static bool any_left_to_store(const struct merge_helpers *h, const struct merge_hosts *hosts)
{
	for (size_t i = 0; i < hosts->count; i++) {
		const struct merge_host *host = &hosts->items[i];

		if (merge_host_is_wanted(host) &&
		        (host->helper_in != h->generation || !host->helper_exact))
			return true;
	}
	return false;
}

/* "" is none. */
static bool is_foreign(const char *name, size_t size)
{
	return size > 0 && (size != strlen(OUR_HELPER) || memcmp(name, OUR_HELPER, size) != 0);
}

static void report_host(const struct merge_host *host, const char *text, struct secret *scratch,
        struct merge_result *result)
{
	size_t size;
	const char *name;

	if (text[host->helper.begin] != '"')
		return;
	name = json_string(text, host->helper, scratch, &size);
	if (is_foreign(name, size))
		merge_result_add_finding(result, MERGE_CRED_HELPER, host->entry->host, name, size);
}

void merge_helpers_report(const struct merge_helpers *h, const char *text,
        const struct merge_hosts *hosts, struct secret *scratch, struct merge_result *result)
{
	if (h->has_store && any_left_to_store(h, hosts)) {
		size_t size;
		const char *name = json_string(text, h->store, scratch, &size);

		if (is_foreign(name, size))
			merge_result_add_finding(result, MERGE_CREDS_STORE, "", name, size);
	}
	for (size_t i = 0; i < hosts->count; i++) {
		const struct merge_host *host = &hosts->items[i];

		if (merge_host_is_wanted(host) && host->helper_in == h->generation)
			report_host(host, text, scratch, result);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One entry of "auths" for one of our hosts. Users control the text, which
 * json_check() has passed.
 */

#include "write/merge/json-edit.h"
#include "write/merge/merge-host.h"

/* A file that has more keys for one host than this is refused: it would grow without bounds. */
#define MERGE_MAX_COPIES 64

/* A file during its merge. */
struct merge_text {
	const char *text;
	struct json_style style;
	struct json_edits edits;
	struct secret scratch;
	const struct merge_host *overflow; /* has more than MERGE_MAX_COPIES */
};

/* Puts "key": into the current edit. */
void merge_text_put_key(struct merge_text *t, const char *key);

/* Puts {"auth": …}, as the value of a member with this line. */
void merge_entry_put(
        struct merge_text *t, const struct merge_host *host, const struct json_line *line);

/* Gives an entry the desired auth. */
void merge_entry_set(
        struct merge_text *t, struct merge_host *host, const struct json_member *entry);

enum merge_entry_removal {
	MERGE_ENTRY_NOT_OURS,
	MERGE_ENTRY_CLEARED, /* our auth is removed, other fields stay */
	MERGE_ENTRY_USELESS, /* nothing would be left: the caller should remove the member */
};

/* Removes our auth. */
enum merge_entry_removal merge_entry_remove(
        struct merge_text *t, const struct merge_host *host, const struct json_member *entry);

void merge_text_done(struct merge_text *t);

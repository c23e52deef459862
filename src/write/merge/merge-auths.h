/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The "auths" of a config.json, which may have several: entries in them are corrected, and missing
 * ones inserted. Users control the text, which json_check() has passed.
 */

#include "base/reason.h"
#include "write/merge/merge-entry.h"
#include "write/merge/merge-result.h"

/* One "auths" object of the text. */
struct merge_auths_object {
	bool exact; /* spelt as docker writes it */
	struct json_line line;
	struct json_object_edit edit;
};

struct merge_auths {
	struct merge_text *t;
	struct merge_hosts *hosts;
	struct merge_result *result;

	size_t generation;                /* counts the nulls, from 1 */
	bool any_object;                  /* of any generation */
	struct merge_auths_object target; /* where new entries go, of this generation */
	bool has_target;
	struct json_member null_member; /* the latest */
};

/* Edits the next "auths". Returns 0, or -EBADMSG with a reason if it is neither object nor null. */
int merge_auths_walk(
        struct merge_auths *a, const struct json_member *member, struct reason *ret_reason);

/* After the last "auths": inserts the missing entries, in a new "auths" of top if need be. */
void merge_auths_insert_missing(struct merge_auths *a, const struct json_object_edit *top);

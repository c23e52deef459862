/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What sends docker to a credential helper instead of our entry: "credHelpers" and "credsStore".
 * Users control the text, which json_check() has passed.
 */

#include "write/merge/merge-host.h"

struct merge_helpers {
	size_t generation;      /* of "credHelpers": counts the nulls, from 1 */
	struct json_span store; /* the latest string "credsStore" */
	bool has_store;
};

/* The value of a "credHelpers"; what it says of our hosts is noted at them. */
void merge_helpers_note(struct merge_helpers *h, const char *text, struct json_span value,
        struct merge_hosts *hosts, struct secret *scratch);

/* The value of a "credsStore". */
void merge_helpers_note_store(struct merge_helpers *h, const char *text, struct json_span value);

void merge_helpers_report(const struct merge_helpers *h, const char *text,
        const struct merge_hosts *hosts, struct secret *scratch, struct merge_result *result);

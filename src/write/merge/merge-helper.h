/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Settings that make docker ask a credential helper instead of reading our entry: "credHelpers" and
 * "credsStore". Users control the text, which json_check() has passed.
 */

#include "write/merge/merge-host.h"
#include "write/merge/merge-result.h"

struct merge_helpers {
	size_t generation;   /* of "credHelpers": counts the nulls, from 1 */
	struct secret store; /* the latest string "credsStore" */
};

/* Reads the value of a "credHelpers" into the hosts that it names. */
void merge_helpers_read(struct merge_helpers *h, const char *text, struct json_span value,
        struct merge_hosts *hosts, struct secret *scratch);

/* Reads the value of a "credsStore". */
void merge_helpers_read_store(
        struct merge_helpers *h, const char *text, struct json_span value, struct secret *scratch);

/* Adds a finding for each setting that hides one of the desired entries. */
void merge_helpers_report(const struct merge_helpers *h, const char *text,
        const struct merge_hosts *hosts, struct secret *scratch, struct merge_result *result);

void merge_helpers_done(struct merge_helpers *h);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a merge comes to: the new text, what is true of each entry then, and what keeps clients from
 * using them. Users control the text that a finding quotes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"

#define MERGE_MAX_FINDINGS 64

enum merge_finding_kind {
	MERGE_CRED_HELPER,   /* credHelpers[host] hides the entry from docker */
	MERGE_CREDS_STORE,   /* credsStore hides it */
	MERGE_REPOSITORY_KEY /* a "host/repo" key that podman prefers */
};

/* Something in the file that keeps a client from using our entry. */
struct merge_finding {
	enum merge_finding_kind kind;
	char host[256];   /* the configured host, or "" if it concerns all */
	char detail[256]; /* the helper's name, or the key; printable */
};

struct merge_result {
	bool changed;       /* text differs from the input */
	struct secret text; /* the whole new text; only if changed */
	bool *present;      /* per entry: the file holds the desired auth now */
	bool *removed;      /* per entry: it was ours and was removed */
	size_t n_entries;
	struct merge_finding *findings; /* at most MERGE_MAX_FINDINGS */
	size_t n_findings;
};

/* Adds a finding and makes its detail printable; ignored once there are MERGE_MAX_FINDINGS. */
void merge_result_add_finding(struct merge_result *r, enum merge_finding_kind kind,
        const char *host, const char *detail, size_t size);

void merge_result_done(struct merge_result *r);

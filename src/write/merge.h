/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Brings our entries into a config.json and leaves every other byte as it was. Users control the
 * text.
 */

#include <stdint.h>

#include "../common/reason.h"
#include "../common/secret.h"

/* What is to be true of one host. */
struct merge_entry {
	const char *host; /* bare, lower case */
	/* The wanted auth; empty: our entry is to be taken out. */
	const struct secret *auth;
	/* Where auth is empty: only an entry whose auth hashes to this is ours (merge_hash()). */
	uint64_t ours;
};

enum merge_finding_kind {
	MERGE_CRED_HELPER,   /* credHelpers[host] hides the entry from docker */
	MERGE_CREDS_STORE,   /* credsStore hides it */
	MERGE_REPOSITORY_KEY /* a "host/repo" key that podman prefers */
};

/* Something in the file that keeps a client from using our entry. */
struct merge_finding {
	enum merge_finding_kind kind;
	char host[256];   /* the configured host, or "" where it concerns all */
	char detail[256]; /* the helper's name, or the key; printable */
};

struct merge_result {
	bool changed;       /* text differs from what came in */
	struct secret text; /* the whole new text; only where changed */
	bool *present;      /* per entry: the file holds the wanted auth now */
	bool *removed;      /* per entry: it was ours and was taken out */
	size_t n_entries;
	struct merge_finding *findings;
	size_t n_findings;
};

/*
 * Pure. An empty text counts as {}. Returns 0, or -EBADMSG with a reason where the text is not a
 * JSON object or its "auths" is neither an object nor null; *ret is untouched then.
 */
int merge(const char *text, size_t size, const struct merge_entry *entries, size_t n_entries,
        struct merge_result *ret, struct reason *ret_reason);

/* Recognizes an auth we wrote, without keeping it. */
uint64_t merge_hash(const char *auth, size_t size);

void merge_result_done(struct merge_result *r);

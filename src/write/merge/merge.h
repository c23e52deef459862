/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Brings our entries into a config.json and leaves every other byte as it was. Users control the
 * text.
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

#define MERGE_MAX_FINDINGS 64
/* A file that has more keys for one host than this is refused: it would grow without bounds. */
#define MERGE_MAX_COPIES 64

/* What is to be true of one host. No host may be there twice; of two, the first counts. */
struct merge_entry {
	const char *host; /* bare, lower case */
	/* The wanted auth, base64; empty: our entry is to be taken out. */
	const struct secret *auth;
	/* Where auth is empty: only an entry whose auth hashes to this is ours (written_hash()). */
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
	struct merge_finding *findings; /* at most MERGE_MAX_FINDINGS */
	size_t n_findings;
};

/*
 * Pure. An empty text counts as {}. Returns 0, or a negative errno with a reason:
 * -EBADMSG "not-json"; -EBADMSG "not-object" where the text is no JSON object or its "auths" is
 * neither an object nor null; -EBADMSG "too-many-copies"; -EINVAL or -EIO "internal" where an
 * entry or our result would not make JSON. *ret is untouched then.
 */
int merge(const char *text, size_t size, const struct merge_entry *entries, size_t n_entries,
        struct merge_result *ret, struct reason *ret_reason);

/* Notes a finding, its detail made printable; no more than MERGE_MAX_FINDINGS. */
void merge_result_add_finding(struct merge_result *r, enum merge_finding_kind kind,
        const char *host, const char *detail, size_t size);

void merge_result_done(struct merge_result *r);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The hosts of a merge, found by the keys that denote them in a config.json. Users control the
 * keys.
 */

#include "write/merge/desired-entry.h"
#include "write/merge/json-walk.h"

/* A configured host and what the file has for it. */
struct merge_host {
	const struct desired_entry *entry;
	size_t index;  /* of the entry */
	size_t copies; /* auths written so far */

	size_t seen_in; /* the generation of "auths" that has its bare key */

	size_t helper_in; /* the generation of "credHelpers" that names it */
	bool helper_exact;
	struct json_span helper;
};

struct merge_hosts {
	struct merge_host *items; /* by name */
	size_t count;
};

/* How a key of "auths" denotes a host. */
enum merge_key {
	MERGE_KEY_FOREIGN,    /* it does not */
	MERGE_KEY_BARE,       /* "host", byte for byte */
	MERGE_KEY_TWIN,       /* "https://Host:443/v2/" and the like, which docker may also use */
	MERGE_KEY_REPOSITORY, /* "host/repo" */
};

void merge_hosts_make(
        const struct desired_entry *entries, size_t n_entries, struct merge_hosts *ret);

/* Reports whether the file should have an auth for the host. */
bool merge_host_is_desired(const struct merge_host *host);

/* Finds a host by its name, in any case. */
struct merge_host *merge_hosts_find(const struct merge_hosts *hosts, const char *s, size_t size);

/* Finds a host by a key of "auths"; NULL if the key is foreign. */
struct merge_host *merge_hosts_find_key(
        const struct merge_hosts *hosts, const char *key, size_t size, enum merge_key *ret_kind);

void merge_hosts_done(struct merge_hosts *hosts);

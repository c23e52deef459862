/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The hosts of a merge, found by the keys that stand for them in a config.json. Users control the
 * keys.
 */

#include "write/merge/desired-entry.h"
#include "write/merge/json-walk.h"

/* A configured host and what the walk through the file has learnt of it. */
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

/* How a key of "auths" stands for a host. */
enum merge_key {
	MERGE_KEY_FOREIGN,    /* not at all */
	MERGE_KEY_BARE,       /* "host", byte for byte */
	MERGE_KEY_TWIN,       /* "https://Host:443/v2/" and the like, which docker may pick too */
	MERGE_KEY_REPOSITORY, /* "host/repo" */
};

void merge_hosts_make(
        const struct desired_entry *entries, size_t n_entries, struct merge_hosts *ret);

bool merge_host_is_wanted(const struct merge_host *host);

/* By name, in any case. */
struct merge_host *merge_hosts_find(const struct merge_hosts *hosts, const char *s, size_t size);

/* By key of "auths"; NULL where it is foreign. */
struct merge_host *merge_hosts_find_key(
        const struct merge_hosts *hosts, const char *key, size_t size, enum merge_key *ret_kind);

void merge_hosts_done(struct merge_hosts *hosts);

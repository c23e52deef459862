/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The writer's record, written.json: our entries in each user's files, and the state of each file.
 * Only the writer can write its directory, so the network part cannot make it mistake a foreign
 * entry for ours. It holds no token, but a hash of each.
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"
#include "config/paths.h"

#define RECORD_FILE "written.json"
#define RECORD_MAX_SIZE (16 * 1024 * 1024)

/* One of our entries. */
struct record_entry {
	char *host;
	uint64_t hash; /* written_hash() of the auth we wrote */
};

/* One file of one user. */
struct written_file {
	char *user;
	char *file;            /* as the ini spells it */
	char *path;            /* the absolute path, or NULL while unknown */
	int64_t since;         /* since when it is good, or failing with this code */
	int64_t written_at;    /* when we last changed it, or 0 */
	struct reason failure; /* code "" while it is good */
	struct record_entry *entries;
	size_t n_entries;
	char **findings; /* what hides an entry from a client, a sentence each */
	size_t n_findings;
};

/* Events since the record was created, for the metrics. */
struct record_counters {
	uint64_t files_written;
	uint64_t files_repaired; /* of those, because an entry had been lost or replaced */
	uint64_t file_failures;
	uint64_t token_failures;
	int64_t token_failed_at; /* the latest of them that is counted, or 0 */
};

struct written {
	struct written_file *files;
	size_t n_files;
	struct reason watch_failure; /* why files are not watched, or code "" */
	struct record_counters counters;
};

/*
 * Pure. Hashes an auth that we wrote, to recognize it without keeping it. The hash is not a
 * protection: only root reads it, and a user who creates a collision loses only their own entry.
 */
uint64_t written_hash(const char *auth, size_t size);

/* Pure. Parses the record. Returns 0, or -EBADMSG with a reason and *ret untouched. */
int written_parse(const char *data, size_t size, struct written *ret, struct reason *ret_reason);

/* Pure. Appends the JSON text to ret. */
void written_format(const struct written *record, struct secret *ret);

struct written_file *written_find(const struct written *record, const char *user, const char *file);

/* Finds the entry of a host; NULL if the file is NULL or has none. */
struct record_entry *written_file_find_entry(const struct written_file *f, const char *host);

/* Reports whether any user's file has an entry that we wrote. */
bool written_has_entries(const struct written *record);

/* Reads the record. Returns 0, also if none exists yet, or a negative errno with a reason. */
int written_load(const struct paths *paths, struct written *ret, struct reason *ret_reason);

/* Writes the record if it differs from old. Returns 0 or a negative errno with a reason. */
int written_save(const struct paths *paths, const struct written *record, const struct written *old,
        struct reason *ret_reason);

void written_file_done(struct written_file *f);
void written_done(struct written *r);

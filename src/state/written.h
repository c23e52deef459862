/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The writer's own record, written.json: which entries in whose files are ours, and how each file
 * is. Only the writer writes it, in a directory that the network part cannot reach, so that nobody
 * can make the writer believe that a foreign entry is ours. It holds no token, but a hash of each.
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"
#include "config/paths.h"

#define RECORD_FILE "written.json"
#define RECORD_MAX_SIZE (16 * 1024 * 1024)

/* One entry of ours. */
struct record_entry {
	char *host;
	uint64_t hash; /* written_hash() of the auth we wrote */
};

/* One file of one user. */
struct written_file {
	char *user;
	char *file;            /* as the ini spells it */
	char *path;            /* where that leads, or NULL while unknown */
	int64_t since;         /* when it came to be as it is: good, or failing with this code */
	int64_t written_at;    /* when we last changed it, or 0 */
	struct reason failure; /* code "" while it is good */
	struct record_entry *entries;
	size_t n_entries;
	char **findings; /* what hides an entry from a client, a sentence each */
	size_t n_findings;
};

/* What has happened since the record was begun, for the metrics. */
struct record_counters {
	uint64_t files_written;
	uint64_t files_repaired; /* of those: an entry of ours had been lost or replaced */
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
 * Pure. Recognizes an auth we wrote, without keeping it. It is no protection: the hash is kept in a
 * file that only root reads, and a user who makes up a collision loses an entry of their own.
 */
uint64_t written_hash(const char *auth, size_t size);

/* Pure. Returns 0, or -EBADMSG with a reason. *ret is untouched on failure. */
int written_parse(const char *data, size_t size, struct written *ret, struct reason *ret_reason);

/* Pure: the JSON text, appended to ret. */
void written_format(const struct written *record, struct secret *ret);

struct written_file *written_find(const struct written *record, const char *user, const char *file);

/* Whether a file of a user has an entry that we wrote. */
bool written_has_entries(const struct written *record);

/* Returns 0, also where there is none yet; or a negative errno with a reason. */
int written_load(const struct paths *paths, struct written *ret, struct reason *ret_reason);

/* Writes it where it differs from old. Returns 0 or a negative errno with a reason. */
int written_save(const struct paths *paths, const struct written *record, const struct written *old,
        struct reason *ret_reason);

void written_file_done(struct written_file *f);
void written_done(struct written *r);

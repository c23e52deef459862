/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The desired state that a run of the writer brings about: for each user and file, the entries that
 * belong in it and our entries that should be removed.
 */

#include "config/config.h"
#include "state/tokens.h"
#include "state/written.h"
#include "write/merge/desired-entry.h"

struct desired_file {
	char *file;                    /* as the ini spells it */
	bool is_configured;            /* otherwise only our entries are removed from it */
	struct desired_entry *entries; /* hosts are owned; auths belong to the tokens */
	size_t n_entries;
};

struct desired_user {
	char *name;
	struct desired_file *files;
	size_t n_files;
};

struct desired {
	struct desired_user *users;
	size_t n_users;
};

/*
 * Pure. Valid tokens go into the files of their users; our entry is removed if it is no longer
 * configured, and for ECR Public also if its token has expired (anonymous pulls work, an expired
 * token does not). only_users limits it if not empty.
 */
void desired_make(const struct config *config, const struct tokens *tokens,
        const struct written *record, int64_t now, char *const *only_users, size_t n_only_users,
        struct desired *ret);

/* Finds the entry of a host, or returns NULL. */
struct desired_entry *desired_find_entry(const struct desired_file *f, const char *host);

void desired_done(struct desired *d);

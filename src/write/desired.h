/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one run of the writer has to make true: for each user and file, the entries that belong in
 * it and the ones of ours that have to go.
 */

#include "config/config.h"
#include "state/tokens.h"
#include "state/written.h"
#include "write/merge/desired-entry.h"

struct desired_file {
	char *file;                    /* as the ini spells it */
	bool is_configured;            /* otherwise only what is ours has to come out of it */
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
 * Pure. Tokens that are still valid go into the files of their users; an entry of ours is taken out
 * where it is no longer configured, and for ECR Public where its token has run out (anonymous pulls
 * work, a dead token does not). only_users limits it where not empty.
 */
void desired_make(const struct config *config, const struct tokens *tokens,
        const struct written *record, int64_t now, char *const *only_users, size_t n_only_users,
        struct desired *ret);

void desired_done(struct desired *w);

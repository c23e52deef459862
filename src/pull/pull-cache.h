/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A user's cache of tokens: a directory with a file for each token, in the format of
 * tokens.json. The user may delete it at any time, and everything works without it.
 */

#include <stdint.h>

#include "state/tokens.h"

/*
 * Opens $AWS_ECR_CACHE_DIR or ${XDG_CACHE_HOME:-~/.cache}/ecr-refresher; with make, creates it if
 * it is missing. Returns a descriptor, or a negative errno: -ENOENT if it does not exist, or
 * $AWS_ECR_DISABLE_CACHE is set.
 */
int pull_cache_open(bool make);

/* Returns the directory, whether it exists or not; NULL if there should be none. Owned. */
char *pull_cache_path(void);

/*
 * Finds the entry for the key's identity, its settings (the fingerprint), service, partition and
 * region. Returns 1; 0 if none exists; -EBADMSG if it was damaged and has been removed.
 */
int pull_cache_find(int dir_fd, const struct token *key, struct token *ret);

/* The same, but leaves a damaged entry where it is. */
int pull_cache_peek(int dir_fd, const struct token *key, struct token *ret);

/*
 * Replaces an entry, and removes those that have expired. Returns 0 or a negative errno.
 */
int pull_cache_save(int dir_fd, const struct token *token, int64_t now);

/*
 * Waits until no other process fetches the same key; other keys do not matter. Returns a
 * descriptor, which releases the lock when it is closed, -ETIMEDOUT at the deadline
 * (monotonic_now()), or another negative errno: -EPERM if the lock is another user's file.
 * *ret_waited: another process held it.
 */
int pull_cache_lock(int dir_fd, const struct token *key, uint64_t deadline, bool *ret_waited);

/* Lists all entries that are still valid. */
void pull_cache_list(int dir_fd, int64_t now, struct tokens *ret);

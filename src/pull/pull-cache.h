/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was fetched for those who pull: a directory of their own with a file for each token, in the
 * format of tokens.json. It is theirs to delete at any time, and everything works without it.
 */

#include <stdint.h>

#include "state/tokens.h"

/*
 * Opens $AWS_ECR_CACHE_DIR or ${XDG_CACHE_HOME:-~/.cache}/ecr-refresher, and makes it where it is
 * missing and that is asked for. Returns a descriptor, or a negative errno: -ENOENT where there is
 * none, or $AWS_ECR_DISABLE_CACHE says that there is to be none.
 */
int pull_cache_open(bool make);

/* The directory, whether it is there or not; NULL where there is to be none. Owned. */
char *pull_cache_path(void);

/*
 * The entry for the key's identity, settings (which are who it is), service, partition and region.
 * Returns 1; 0 where there is none; -EBADMSG where it is broken, and out of the way now.
 */
int pull_cache_find(int dir_fd, const struct token *key, struct token *ret);

/* The same, and a broken one stays where it is. */
int pull_cache_peek(int dir_fd, const struct token *key, struct token *ret);

/*
 * Replaces an entry, and takes out those that have expired. Returns 0 or a negative errno.
 */
int pull_cache_save(int dir_fd, const struct token *token, int64_t now);

/*
 * Waits until nobody else is after the same key; other keys do not count. Returns a descriptor
 * whose close() lets the next one go on, -ETIMEDOUT at the deadline (monotonic_now()), or another
 * negative errno: -EPERM where the lock is another user's file. *ret_waited: somebody else was at
 * it.
 */
int pull_cache_lock(int dir_fd, const struct token *key, uint64_t deadline, bool *ret_waited);

/* All entries that can still be used. */
void pull_cache_list(int dir_fd, int64_t now, struct tokens *ret);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A judged status in one sentence. */

#include "status/status.h"

/* Returns why a registry without a failed attempt has no token that can be used. */
const char *summary_of_life(enum token_life life);

/* Returns what fetches the registries that no run has asked for yet. */
const char *summary_remedy(const struct status *s);

/*
 * Formats "3 users, 4 registries fresh, next renewal 11:40", or what failed. The caller frees the
 * result.
 */
char *summary_format(const struct status *s, int64_t now);

/* Formats several judged statuses in one sentence. The caller frees the result. */
char *summary_format_list(const struct status *list, size_t n);

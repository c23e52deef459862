/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Merges our entries into a config.json and leaves every other byte as it was. Users control the
 * text.
 */

#include "base/reason.h"
#include "write/merge/desired-entry.h"
#include "write/merge/merge-result.h"

/*
 * Pure. An empty text counts as {}. No host may appear twice in entries; of two, the first counts.
 * Returns 0, or a negative errno with a reason: -EBADMSG "not-json"; -EBADMSG "not-object" if the
 * text is not a JSON object or its "auths" is neither an object nor null; -EBADMSG
 * "too-many-copies"; -EINVAL or -EIO "internal" if an entry or the result would not be JSON. *ret
 * is untouched then.
 */
int merge(const char *text, size_t size, const struct desired_entry *entries, size_t n_entries,
        struct merge_result *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the journal hears of pulls, whatever the caller does with what it is told. */

#include "pull/pull.h"

/* Where a token was not to be had; host is NULL where it is not even known for which. */
void pull_log_failure(const char *host, const struct reason *reason);

/* Where there is one, but something was wrong on the way. */
void pull_log_rebuilt_cache(const struct pull_token *answer);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Journal messages about pulls, whatever the caller does with the error it gets. */

#include "pull/pull.h"

/* Logs that there is no token; host is NULL if it is unknown. */
void pull_log_failure(const char *host, const struct reason *reason);

/* Logs that the cache file of the token was damaged, if it was. */
void pull_log_rebuilt_cache(const struct pull_token *token);

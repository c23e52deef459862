/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The journal's lines about a run, and the output of a dry run. */

#include "fetch/fetch-run.h"

/* Logs each result. saved: whether the new tokens were saved; if not, none is announced. */
void fetch_log(const struct fetch_run *run, bool saved);

/* With --verbose: logs a token that need not be renewed yet. */
void fetch_log_kept(
        const struct fetch_run *run, const struct token_request *request, const struct token *t);

/* Prints what a dry run would do. */
void fetch_log_plan(const struct fetch_run *run);

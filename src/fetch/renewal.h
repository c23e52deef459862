/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which tokens must be fetched; when one is due is computed in state/token-life.h. Pure; the
 * launcher, which has no network, links it as well.
 */

#include "config/plan.h"
#include "fetch/fetch-options.h"
#include "state/tokens.h"

/* Returns the token of a request if its identity's settings are unchanged, else NULL. */
struct token *renewal_find_token(
        const struct config *config, const struct token_request *request, const struct tokens *old);

/* Reports whether a token must be fetched; an empty one must. */
bool renewal_is_due(const struct config *config, const struct token_request *request,
        const struct token *token, int64_t now);

/*
 * Reports whether tokens outside the plan are kept: those of other users in a limited run, or all
 * of them without an ini.
 */
bool renewal_keeps_others(const struct config *config, const struct fetch_options *options);

/* Reports whether there are tokens that no request needs and that are not kept. */
bool renewal_has_leftovers(const struct config *config, const struct plan *plan,
        const struct fetch_options *options, const struct tokens *old);

/* Reports whether a run without --force would fetch and remove nothing. */
bool renewal_none_due(const struct config *config, const struct plan *plan,
        const struct fetch_options *options, const struct tokens *old, int64_t now);

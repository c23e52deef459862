/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which tokens are to be fetched. Pure; linked by the program without the network as well. */

#include "config/plan.h"
#include "fetch/fetch-options.h"
#include "state/tokens.h"

/* The token that is there for a request, under unchanged settings; NULL for none. */
struct token *renewal_find_token(
        const struct config *config, const struct token_request *request, const struct tokens *old);

/* Whether it is to be fetched anew; an empty one is. */
bool renewal_is_due(const struct config *config, const struct token_request *request,
        const struct token *token, int64_t now);

/* Whether tokens that the plan does not ask for stay: those of users that this run is not for, or
 * all of them if there is no ini. */
bool renewal_keeps_others(const struct config *config, const struct fetch_options *options);

/* Whether there are tokens that nothing asks for and that do not stay. */
bool renewal_has_leftovers(const struct config *config, const struct plan *plan,
        const struct fetch_options *options, const struct tokens *old);

/* Whether the tokens that are there are all that a run would want, --force aside. */
bool renewal_none_due(const struct config *config, const struct plan *plan,
        const struct fetch_options *options, const struct tokens *old, int64_t now);

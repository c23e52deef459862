/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/renewal.h"

#include <string.h>

#include "base/alloc.h"

struct token *renewal_find_token(
        const struct config *config, const struct token_request *request, const struct tokens *old)
{
	struct token *t = tokens_find(old, &request->key);
	_cleanup_(freep) char *settings = NULL;

	if (!t || !t->identity_settings)
		return NULL;
	settings = config_identity_text(&config->identities[request->identity]);
	return strcmp(t->identity_settings, settings) == 0 ? t : NULL;
}

/* A failure is retried even if the token is still fresh, because it stays recorded until then. */
bool renewal_is_due(const struct config *config, const struct token_request *request,
        const struct token *t, int64_t now)
{
	return (request->is_auto && !t->auto_host[0]) || t->failed_at ||
	       token_judge(t, config->renew_at, now) != TOKEN_FRESH;
}

bool renewal_keeps_others(const struct config *config, const struct fetch_options *options)
{
	return options->n_users > 0 || config->is_absent;
}

bool renewal_has_leftovers(const struct config *config, const struct plan *plan,
        const struct fetch_options *options, const struct tokens *old)
{
	return !renewal_keeps_others(config, options) && old->count != plan->n_requests;
}

bool renewal_none_due(const struct config *config, const struct plan *plan,
        const struct fetch_options *options, const struct tokens *old, int64_t now)
{
	for (size_t i = 0; i < plan->n_requests; i++) {
		const struct token_request *request = &plan->requests[i];
		const struct token *t = renewal_find_token(config, request, old);

		if (!t || renewal_is_due(config, request, t, now))
			return false;
	}
	return !renewal_has_leftovers(config, plan, options, old);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include "../common/alloc.h"
#include "../common/summary.h"

static const char *state_of(const struct token *t, int64_t now)
{
	if (token_is_valid(t, now))
		return t->failed_at ? "failing" : "fresh";
	return t && t->authorization.size > 0 ? "expired" : "missing";
}

static void add_request(struct status *s, const struct config *config, const struct tokens *tokens,
        const struct token_request *request, int64_t now)
{
	const struct token *t = tokens_find(tokens, &request->key);
	const char *state = state_of(t, now);

	for (size_t i = 0; i < request->n_hosts; i++) {
		struct status_registry *r =
		        array_append(&s->registries, &s->n_registries, sizeof(*r));

		r->host = plan_host(request, i, t ? t->auto_host : NULL);
		r->identity = request->key.identity;
		r->state = state;
		r->token = t;
		r->renewal = token_is_valid(t, now) ? token_renewal(t, config->renew_at) : 0;
	}
}

void status_make(const struct config *config, const struct tokens *tokens,
        const struct record *record, int64_t now, struct status *ret)
{
	struct summary summary;

	*ret = (struct status){};
	plan_make(config, NULL, 0, &ret->plan);
	for (size_t i = 0; i < ret->plan.n_requests; i++)
		add_request(ret, config, tokens, &ret->plan.requests[i], now);
	for (size_t i = 0; i < record->n_files; i++) {
		struct status_file *f = array_append(&ret->files, &ret->n_files, sizeof(*f));

		f->file = &record->files[i];
		f->state = f->file->failure.code[0] ? "failed" : "fresh";
	}
	ret->watch_failure = &record->watch_failure;
	summary_make(config, tokens, record, now, &summary);

	ret->is_good = summary.failed == 0 && summary.failed_files == 0;
	ret->summary = summary_format(&summary, now);
}

void status_done(struct status *s)
{
	free(s->registries);
	free(s->files);
	free(s->summary);
	plan_done(&s->plan);
	*s = (struct status){};
}

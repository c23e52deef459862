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

static void add_file(struct status *s, const struct record_file *file, const char *state)
{
	struct status_file *f = array_append(&s->files, &s->n_files, sizeof(*f));

	*f = (struct status_file){.file = file, .state = state};
}

/* Files that are new in the ini, or all of them before the first run. */
static void add_pending(struct status *s, const struct config *config, const struct record *record)
{
	for (size_t u = 0; u < config->n_users; u++) {
		const struct config_user *user = &config->users[u];

		for (size_t i = 0; i < user->n_files; i++) {
			struct record_file *f;

			if (record_find(record, user->name, user->files[i]))
				continue;
			f = array_append(&s->pending, &s->n_pending, sizeof(*f));
			f->user = user->name;
			f->file = user->files[i];
		}
	}
	for (size_t i = 0; i < s->n_pending; i++)
		add_file(s, &s->pending[i], "pending");
}

/* The summary; files that nobody has looked at yet are no success. */
static char *summarize(const struct status *s, const struct summary *summary, int64_t now)
{
	_cleanup_(freep) char *text = summary_format(summary, now);

	if (s->n_pending == 0)
		return TAKE_PTR(text);
	return xasprintf(
	        "%s; %zu file%s not written yet", text, s->n_pending, s->n_pending == 1 ? "" : "s");
}

void status_make(const struct config *config, const struct tokens *tokens,
        const struct record *record, int64_t now, struct status *ret)
{
	struct summary summary;

	*ret = (struct status){};
	plan_make(config, NULL, 0, &ret->plan);
	for (size_t i = 0; i < ret->plan.n_requests; i++)
		add_request(ret, config, tokens, &ret->plan.requests[i], now);
	for (size_t i = 0; i < record->n_files; i++)
		add_file(ret, &record->files[i],
		        record->files[i].failure.code[0] ? "failed" : "fresh");
	add_pending(ret, config, record);
	ret->watch_failure = &record->watch_failure;
	summary_make(config, tokens, record, now, &summary);
	ret->is_good = summary.failed == 0 && summary.failed_files == 0 && ret->n_pending == 0;
	ret->summary = summarize(ret, &summary, now);
}

void status_done(struct status *s)
{
	free(s->registries);
	free(s->files);
	free(s->pending);
	free(s->summary);
	plan_done(&s->plan);
	*s = (struct status){};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "status/summary.h"

#include <string.h>

#include "base/alloc.h"
#include "base/timestamp.h"

const char *summary_of_life(enum token_life life)
{
	return life == TOKEN_AHEAD ? SUMMARY_AHEAD : SUMMARY_NO_TOKEN;
}

static void add_request(struct summary *s, const struct config *config, const struct tokens *tokens,
        const struct plan *plan, const struct token_request *request, int64_t now)
{
	const struct token *t = tokens_find(tokens, &request->key);
	enum token_life life = token_judge(t, config->renew_at, now);
	bool valid = token_life_is_usable(life);
	bool failed = !valid || t->failed_at;
	size_t n = 0;

	for (size_t i = 0; i < request->n_hosts; i++)
		n += !plan_is_duplicate(plan, request, i, t ? t->auto_host : NULL);
	if (n == 0)
		return;
	s->registries += n;
	s->fresh += valid ? n : 0;
	s->failed += failed ? n : 0;
	if (failed && !s->first_failure)
		s->first_failure = t && t->failed_at ? t->failure.text : summary_of_life(life);
	if (valid) {
		int64_t renewal = token_renewal(t, config->renew_at);

		if (!s->next_renewal || renewal < s->next_renewal)
			s->next_renewal = renewal;
	}
}

void summary_make(const struct config *config, const struct tokens *tokens,
        const struct written *record, int64_t now, struct summary *ret)
{
	_cleanup_(plan_done) struct plan plan = {};

	*ret = (struct summary){.users = config->n_users};
	plan_make(config, NULL, 0, &plan);
	for (size_t i = 0; i < plan.n_requests; i++)
		add_request(ret, config, tokens, &plan, &plan.requests[i], now);
	for (size_t i = 0; i < record->n_files; i++) {
		if (!record->files[i].failure.code[0])
			continue;
		ret->failed_files++;
		if (!ret->first_failure)
			ret->first_failure = record->files[i].failure.text;
	}
}

void summary_add_published(
        struct summary *s, const struct config *config, const struct published *published)
{
	bool is_of_environment = published_is_of_environment(published, config);

	s->clusters = config->n_sinks + is_of_environment;
	for (size_t i = 0; i < published->n_sections; i++) {
		const struct published_section *section = &published->sections[i];

		if (!config_find_sink(config, section->kind, section->name) && !is_of_environment)
			continue;
		if (published_failures(section) == 0)
			continue;
		s->failed_clusters++;
		if (!s->first_failure)
			s->first_failure = published_first_failure(section)->text;
	}
}

static const char *s_of(size_t n)
{
	return n == 1 ? "" : "s";
}

char *summary_format(const struct summary *s, int64_t now)
{
	_cleanup_(freep) char *tail = NULL, *head = NULL;
	char when[TIMESTAMP_MAX_SIZE];

	if (s->users == 0 && s->clusters == 0)
		return xstrdup("Nothing configured");
	if (s->failed > 0 && s->failed_files > 0)
		tail = xasprintf("%zu of %zu registr%s and %zu file%s failed: %s", s->failed,
		        s->registries, s->registries == 1 ? "y" : "ies", s->failed_files,
		        s_of(s->failed_files), s->first_failure);
	else if (s->failed > 0)
		tail = xasprintf("%zu of %zu registr%s failed: %s", s->failed, s->registries,
		        s->registries == 1 ? "y" : "ies", s->first_failure);
	else if (s->failed_files > 0)
		tail = xasprintf("%zu file%s failed: %s", s->failed_files, s_of(s->failed_files),
		        s->first_failure);
	else if (s->unfetched > 0)
		tail = xasprintf("%zu of %zu registr%s not fetched yet: %s", s->unfetched,
		        s->registries, s->registries == 1 ? "y" : "ies", s->remedy);
	else if (s->failed_clusters > 0)
		tail = xasprintf("%zu of %zu cluster%s failed: %s", s->failed_clusters, s->clusters,
		        s_of(s->clusters), s->first_failure);
	else if (s->registries == 0)
		tail = xstrdup("served as the service's environment says");
	else
		tail = xasprintf("%zu registr%s fresh, next renewal %s", s->registries,
		        s->registries == 1 ? "y" : "ies",
		        s->next_renewal ? timestamp_format_local(s->next_renewal, now, when)
		                        : "unknown");
	if (s->clusters == 0)
		head = xasprintf("%zu user%s", s->users, s_of(s->users));
	else if (s->users == 0)
		head = xasprintf("%zu cluster%s", s->clusters, s_of(s->clusters));
	else
		head = xasprintf("%zu user%s, %zu cluster%s", s->users, s_of(s->users), s->clusters,
		        s_of(s->clusters));
	return xasprintf("%s, %s", head, tail);
}

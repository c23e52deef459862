/* SPDX-License-Identifier: Apache-2.0 */
#include "status/summary.h"

#include <string.h>

#include "base/alloc.h"
#include "base/timestamp.h"

const char *summary_of_life(enum token_life life)
{
	switch (life) {
	case TOKEN_AHEAD:
		return "the token was fetched in the future, because the clock was ahead then and "
		       "has been set back; the next run fetches a new one";
	case TOKEN_EXPIRED:
		return "the token has expired, and no run has renewed it; 'ecr-refresher check' "
		       "shows why";
	default:
		return "no token has been fetched yet; 'ecr-refresher check' shows why";
	}
}

const char *summary_remedy(const struct status *s)
{
	return s->is_host ? "'sudo ecr-refresher refresh' does it now"
	                  : "'ecr-refresher refresh' does it now";
}

/* The first registry's, else file's, else cluster's. Owned; NULL if nothing failed. */
static char *first_failure(const struct status *s)
{
	for (size_t i = 0; i < s->n_registries; i++) {
		const struct status_registry *r = &s->registries[i];

		if (!status_is_unfetched(r) && strcmp(r->state, "fresh") != 0)
			return xstrdup(
			        r->failing_since ? r->failure.text : summary_of_life(r->life));
	}
	for (size_t i = 0; i < s->n_files; i++)
		if (strcmp(s->files[i].state, "failed") == 0)
			return xstrdup(s->files[i].failure.text);
	for (size_t i = 0; i < s->n_clusters; i++) {
		const struct status_cluster *c = &s->clusters[i];

		if (c->section && published_failures(c->section) > 0)
			return xstrdup(published_first_failure(c->section)->text);
		if (strcmp(c->state, "expired") == 0)
			return xasprintf("the tokens in [%s %s] have expired; 'ecr-refresher "
			                 "check' shows why",
			        c->kind, c->name);
	}
	return NULL;
}

static const char *s_of(size_t n)
{
	return n == 1 ? "" : "s";
}

/* The state of the registries, files and clusters. Owned. */
static char *format_state(const struct status *s, int64_t now)
{
	const struct status_counts *c = &s->counts;
	_cleanup_(freep) char *failure = first_failure(s);
	char when[TIMESTAMP_MAX_SIZE];

	if (c->failed > 0 && c->failed_files > 0)
		return xasprintf("%zu of %zu registries and %zu file%s failed: %s", c->failed,
		        s->n_registries, c->failed_files, s_of(c->failed_files), failure);
	if (c->failed > 0)
		return xasprintf(
		        "%zu of %zu registries failed: %s", c->failed, s->n_registries, failure);
	if (c->failed_files > 0)
		return xasprintf(
		        "%zu file%s failed: %s", c->failed_files, s_of(c->failed_files), failure);
	if (c->unfetched > 0)
		return xasprintf("%zu of %zu registries not fetched yet: %s", c->unfetched,
		        s->n_registries, summary_remedy(s));
	if (c->failed_clusters > 0)
		return xasprintf("%zu of %zu clusters failed: %s", c->failed_clusters,
		        s->n_clusters, failure);
	if (s->n_registries == 0)
		return xstrdup("configured by the service's environment");
	return xasprintf("%zu registr%s fresh, next renewal %s", s->n_registries,
	        s->n_registries == 1 ? "y" : "ies",
	        c->next_renewal ? timestamp_format_local(c->next_renewal, now, when) : "unknown");
}

/* Who is served: "3 users, 1 cluster". Owned. */
static char *format_served(const struct status *s)
{
	if (s->n_clusters == 0)
		return xasprintf("%zu user%s", s->n_users, s_of(s->n_users));
	if (s->n_users == 0)
		return xasprintf("%zu cluster%s", s->n_clusters, s_of(s->n_clusters));
	return xasprintf("%zu user%s, %zu cluster%s", s->n_users, s_of(s->n_users), s->n_clusters,
	        s_of(s->n_clusters));
}

char *summary_format(const struct status *s, int64_t now)
{
	const struct status_counts *c = &s->counts;
	_cleanup_(freep) char *served = NULL, *state = NULL, *files = NULL, *clusters = NULL;

	if (s->n_users == 0 && s->n_clusters == 0)
		return xstrdup("Nothing configured");
	served = format_served(s);
	state = format_state(s, now);
	if (c->pending_files > 0)
		files = xasprintf(
		        "; %zu file%s not written yet", c->pending_files, s_of(c->pending_files));
	if (c->pending_clusters > 0)
		clusters = xasprintf("; %zu cluster%s not served yet", c->pending_clusters,
		        s_of(c->pending_clusters));
	return xasprintf("%s, %s%s%s", served, state, files ? files : "", clusters ? clusters : "");
}

char *summary_format_list(const struct status *list, size_t n)
{
	char *text = NULL;

	if (n == 1)
		return xstrdup(list[0].summary);
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *before = text;

		text = xasprintf("%s%s%s: %s", before ? before : "", before ? "; " : "",
		        list[i].is_host ? "the host's service" : "your own", list[i].summary);
	}
	return text ? text : xstrdup("Nothing configured");
}

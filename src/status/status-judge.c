/* SPDX-License-Identifier: Apache-2.0 */
#include "status/status-judge.h"

#include <string.h>

#include "status/summary.h"

static void judge_registry(struct status_registry *r, int64_t now, struct status_counts *counts)
{
	bool is_valid;

	r->life = token_life(r->fetched_at, r->expires_at, r->renewal, now);
	is_valid = token_life_is_usable(r->life);
	r->state = !is_valid          ? r->expires_at ? "expired" : "missing"
	           : r->failing_since ? "failing"
	                              : "fresh";
	counts->valid += is_valid;
	if (status_is_unfetched(r))
		counts->unfetched++;
	else if (!is_valid || r->failing_since)
		counts->failed++;
	if (is_valid && (!counts->next_renewal || r->renewal < counts->next_renewal))
		counts->next_renewal = r->renewal;
}

/*
 * Of several identities for one host the writer takes the first whose token is valid; if none is,
 * the first stands for all.
 */
static const struct status_need *chosen_need(
        const struct status *s, const struct status_file *f, const char *host)
{
	const struct status_need *first = NULL;

	for (size_t i = 0; i < f->n_needs; i++) {
		const struct status_registry *r = &s->registries[f->needs[i].registry];

		if (strcmp(r->host, host) != 0)
			continue;
		if (token_life_is_usable(r->life))
			return &f->needs[i];
		first = first ? first : &f->needs[i];
	}
	return first;
}

/* Returns what keeps the file from being fresh, first a registry without a token, or NULL. */
static const struct status_need *find_lack(const struct status *s, const struct status_file *f)
{
	const struct status_need *unwritten = NULL;

	for (size_t i = 0; i < f->n_needs; i++) {
		const char *host = s->registries[f->needs[i].registry].host;
		const struct status_need *need = chosen_need(s, f, host);

		if (!token_life_is_usable(s->registries[need->registry].life))
			return need;
		if (!need->is_written && !unwritten)
			unwritten = need;
	}
	return unwritten;
}

/* A file that a run has visited, and that has not failed. */
static void judge_needs(const struct status *s, struct status_file *f)
{
	const struct status_need *lack = find_lack(s, f);
	const struct status_registry *r = lack ? &s->registries[lack->registry] : NULL;
	int64_t since = 0;

	f->state = "fresh";
	if (r && token_life_is_usable(r->life)) {
		f->state = "pending";
		since = r->fetched_at;
	} else if (r) {
		f->state = r->state;
		since = r->life == TOKEN_AHEAD ? 0 : r->expires_at;
	}
	f->state_since = since ? since : f->since;
}

/* The registries have been judged. */
static void judge_file(const struct status *s, struct status_file *f, struct status_counts *counts)
{
	bool has_failed = f->failure.code[0] != '\0';

	f->state = has_failed ? "failed" : "pending";
	f->state_since = f->since;
	if (!has_failed && !f->is_pending)
		judge_needs(s, f);
	counts->failed_files += has_failed;
	counts->pending_files += strcmp(f->state, "pending") == 0;
}

static void judge_cluster(struct status_cluster *c, int64_t now, struct status_counts *counts)
{
	const struct published_section *section = c->section;

	if (!section)
		c->state = "pending";
	else if (section->expires_at && section->expires_at <= now)
		c->state = "expired";
	else
		c->state = published_failures(section) > 0 ? "failed" : "fresh";
	counts->pending_clusters += !section;
	counts->failed_clusters += section && strcmp(c->state, "fresh") != 0;
}

void status_judge(struct status *s, int64_t now)
{
	struct status_counts *counts = &s->counts;
	size_t failures;

	*counts = (struct status_counts){};
	for (size_t i = 0; i < s->n_registries; i++)
		judge_registry(&s->registries[i], now, counts);
	for (size_t i = 0; i < s->n_files; i++)
		judge_file(s, &s->files[i], counts);
	for (size_t i = 0; i < s->n_clusters; i++)
		judge_cluster(&s->clusters[i], now, counts);
	failures =
	        counts->failed + counts->unfetched + counts->failed_files + counts->failed_clusters;
	s->is_good = failures + counts->pending_files + counts->pending_clusters == 0;
	/* A record may outlive its ini. */
	s->has_failed = failures > 0 && s->n_users + s->n_clusters > 0;
	free(s->summary);
	s->summary = summary_format(s, now);
}

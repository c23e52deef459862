/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what a run did. Users control the workers' reports. */
#include "write/counters.h"

#include <string.h>

/*
 * Reports whether a file was changed only because another program had changed an entry: there was
 * nothing new for it, and nothing of ours was removed.
 */
static bool is_repair(
        const struct desired_file *file, const struct written_file *old, const bool *removed)
{
	for (size_t i = 0; i < file->n_entries; i++) {
		const struct desired_entry *e = &file->entries[i];
		const struct record_entry *before = written_file_find_entry(old, e->host);

		if (removed[i])
			return false;
		if (e->auth->size > 0 && (!before || before->hash != e->hash))
			return false;
	}
	return true;
}

static void count_file(const struct run_result *run, size_t u, size_t i,
        const struct written *record, struct record_counters *c)
{
	const struct desired_user *user = &run->desired->users[u];
	const struct desired_file *file = &user->files[i];
	const struct worker_user_report *report = &run->reports->users[u];
	const struct worker_file_report *f = &report->files[i];
	const struct written_file *now = written_find(record, user->name, file->file);

	if (now && now->failure.code[0]) {
		c->file_failures++;
		return;
	}
	if (!f->written)
		return;
	c->files_written++;
	c->files_repaired +=
	        f->rewritten ||
	        is_repair(file, written_find(run->old, user->name, file->file), report->removed[i]);
}

/* Counts token failures since those that an earlier run has counted. */
static void count_tokens(const struct tokens *tokens, int64_t now, struct record_counters *c)
{
	int64_t seen = c->token_failed_at <= now ? c->token_failed_at : 0, latest = seen;

	for (size_t i = 0; i < tokens->count; i++) {
		int64_t at = tokens->items[i].failed_at;

		c->token_failures += at > seen;
		latest = at > latest ? at : latest;
	}
	c->token_failed_at = latest;
}

void counters_update(
        const struct run_result *run, const struct tokens *tokens, struct written *record)
{
	struct record_counters c = run->old->counters;

	for (size_t u = 0; u < run->desired->n_users; u++)
		for (size_t i = 0; i < run->desired->users[u].n_files; i++)
			count_file(run, u, i, record, &c);
	count_tokens(tokens, run->now, &c);
	record->counters = c;
}

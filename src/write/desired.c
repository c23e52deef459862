/* SPDX-License-Identifier: Apache-2.0 */
/* Derives the desired state from the ini, the tokens and the record, all of them trusted. */
#include "write/desired.h"

#include <string.h>

#include "base/alloc.h"
#include "config/plan.h"

static const struct secret nothing;

static struct desired_user *find_user(struct desired *d, const char *name)
{
	struct desired_user *u;

	for (size_t i = 0; i < d->n_users; i++)
		if (strcmp(d->users[i].name, name) == 0)
			return &d->users[i];
	u = array_append(&d->users, &d->n_users, sizeof(*u));
	u->name = xstrdup(name);
	return u;
}

static struct desired_file *find_file(struct desired_user *u, const char *name)
{
	struct desired_file *f;

	for (size_t i = 0; i < u->n_files; i++)
		if (strcmp(u->files[i].file, name) == 0)
			return &u->files[i];
	f = array_append(&u->files, &u->n_files, sizeof(*f));
	f->file = xstrdup(name);
	return f;
}

struct desired_entry *desired_find_entry(const struct desired_file *f, const char *host)
{
	for (size_t i = 0; i < f->n_entries; i++)
		if (strcmp(f->entries[i].host, host) == 0)
			return &f->entries[i];
	return NULL;
}

static void add_entry(
        struct desired_file *f, const char *host, const struct secret *auth, uint64_t hash)
{
	struct desired_entry *e = array_append(&f->entries, &f->n_entries, sizeof(*e));

	*e = (struct desired_entry){.host = xstrdup(host), .auth = auth, .hash = hash};
}

/* Returns the host of an entry in the files; NULL for "auto" before the first token. */
static const char *entry_host(const struct config_entry *entry, const struct token *t)
{
	if (!entry->is_auto)
		return entry->host.name;
	return t && t->auto_host[0] ? t->auto_host : NULL;
}

static void add_configured(struct desired_file *f, const char *user, const struct config *config,
        const struct config_entry *entry, const struct tokens *tokens, const struct written *record,
        int64_t now)
{
	struct token_key key = plan_key(config, entry);
	struct token *t = tokens_find(tokens, &key);
	const char *host = entry_host(entry, t);
	const struct record_entry *ours;

	if (!host || desired_find_entry(f, host))
		return;
	if (token_is_valid(t, now)) {
		add_entry(f, host, &t->authorization, token_hash(t));
		return;
	}
	ours = written_file_find_entry(written_find(record, user, f->file), host);
	if (ours && key.service == SERVICE_ECR_PUBLIC)
		add_entry(f, host, &nothing, ours->hash);
}

/* Reports whether the ini names this host for this file of the user, with or without a token. */
static bool is_configured(const struct config *config, const struct tokens *tokens,
        const char *user, const char *file, const char *host)
{
	for (size_t u = 0; u < config->n_users; u++) {
		const struct config_user *cu = &config->users[u];
		bool has_file = false;

		if (strcmp(cu->name, user) != 0)
			continue;
		for (size_t i = 0; i < cu->n_files; i++)
			has_file |= strcmp(cu->files[i], file) == 0;
		for (size_t i = 0; has_file && i < cu->n_entries; i++) {
			struct token_key key = plan_key(config, &cu->entries[i]);
			const char *own = entry_host(&cu->entries[i], tokens_find(tokens, &key));

			/* "auto" without a token may be any host: keep the entry. */
			if (!own || strcmp(own, host) == 0)
				return true;
		}
	}
	return false;
}

static void add_removals(struct desired *d, const struct config *config,
        const struct tokens *tokens, const struct written_file *f)
{
	struct desired_file *file = NULL;

	for (size_t i = 0; i < f->n_entries; i++) {
		if (is_configured(config, tokens, f->user, f->file, f->entries[i].host))
			continue;
		if (!file)
			file = find_file(find_user(d, f->user), f->file);
		if (!desired_find_entry(file, f->entries[i].host))
			add_entry(file, f->entries[i].host, &nothing, f->entries[i].hash);
	}
}

void desired_make(const struct config *config, const struct tokens *tokens,
        const struct written *record, int64_t now, char *const *only_users, size_t n_only_users,
        struct desired *ret)
{
	*ret = (struct desired){};
	for (size_t u = 0; u < config->n_users; u++) {
		const struct config_user *cu = &config->users[u];
		struct desired_user *user;

		if (!name_filter_matches(cu->name, only_users, n_only_users))
			continue;
		user = find_user(ret, cu->name);
		for (size_t i = 0; i < cu->n_files; i++) {
			struct desired_file *f = find_file(user, cu->files[i]);

			f->is_configured = true;
			for (size_t e = 0; e < cu->n_entries; e++)
				add_configured(
				        f, cu->name, config, &cu->entries[e], tokens, record, now);
		}
	}
	for (size_t i = 0; i < record->n_files; i++)
		if (name_filter_matches(record->files[i].user, only_users, n_only_users))
			add_removals(ret, config, tokens, &record->files[i]);
}

void desired_done(struct desired *d)
{
	for (size_t u = 0; u < d->n_users; u++) {
		for (size_t i = 0; i < d->users[u].n_files; i++) {
			struct desired_file *f = &d->users[u].files[i];

			for (size_t e = 0; e < f->n_entries; e++)
				free((char *)f->entries[e].host);
			free(f->entries);
			free(f->file);
		}
		free(d->users[u].files);
		free(d->users[u].name);
	}
	free(d->users);
	*d = (struct desired){};
}

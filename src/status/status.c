/* SPDX-License-Identifier: Apache-2.0 */
#include "status/status.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "config/config-environment.h"

char *status_path_of_hosted(void)
{
	return xasprintf(SYSTEM_STATUS_DIR "/%u.json", geteuid());
}

bool status_is_hosted(void)
{
	_cleanup_(freep) char *path = status_path_of_hosted();

	return access(path, F_OK) == 0;
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static void add_registry(struct status *s, const struct config *config, const struct token *t,
        const struct token_request *request, size_t host)
{
	struct status_registry *r = array_append(&s->registries, &s->n_registries, sizeof(*r));

	r->host = xstrdup(plan_host(request, host, t ? t->auto_host : NULL));
	r->identity = xstrdup(request->key.identity);
	if (t && t->authorization.size > 0) {
		r->fetched_at = t->fetched_at;
		r->expires_at = t->expires_at;
		r->renewal = token_renewal(t, config->renew_at);
		r->provider = copy(t->provider);
		r->principal = copy(t->principal);
	}
	if (t && t->failed_at) {
		r->failing_since = t->failing_since ? t->failing_since : t->failed_at;
		r->failure = t->failure;
	}
}

static void add_request(struct status *s, const struct config *config, const struct tokens *tokens,
        const struct plan *plan, const struct token_request *request)
{
	const struct token *t = tokens_find(tokens, &request->key);

	for (size_t i = 0; i < request->n_hosts; i++)
		if (!plan_is_duplicate(plan, request, i, t ? t->auto_host : NULL))
			add_registry(s, config, t, request, i);
}

static void add_file(struct status *s, const struct written_file *from)
{
	struct status_file *f = array_append(&s->files, &s->n_files, sizeof(*f));

	f->user = xstrdup(from->user);
	f->file = xstrdup(from->file);
	f->path = copy(from->path);
	f->since = from->since;
	f->written_at = from->written_at;
	f->failure = from->failure;
	for (size_t i = 0; i < from->n_entries; i++)
		*(char **)array_append(&f->hosts, &f->n_hosts, sizeof(char *)) =
		        xstrdup(from->entries[i].host);
	for (size_t i = 0; i < from->n_findings; i++)
		*(char **)array_append(&f->findings, &f->n_findings, sizeof(char *)) =
		        xstrdup(from->findings[i]);
}

static struct status_file *find_file(struct status *s, const char *user, const char *file)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (strcmp(s->files[i].user, user) == 0 && strcmp(s->files[i].file, file) == 0)
			return &s->files[i];
	return NULL;
}

/* Adds a file that no run has visited yet. */
static struct status_file *add_pending(struct status *s, const char *user, const char *file)
{
	struct status_file *f = array_append(&s->files, &s->n_files, sizeof(*f));

	f->user = xstrdup(user);
	f->file = xstrdup(file);
	f->is_pending = true;
	return f;
}

static bool is_written(const struct written_file *r, const char *host, struct token *t)
{
	const struct record_entry *entry = r && t ? written_file_find_entry(r, host) : NULL;

	return entry && entry->hash == token_hash(t);
}

static bool has_need(const struct status_file *f, size_t registry)
{
	for (size_t i = 0; i < f->n_needs; i++)
		if (f->needs[i].registry == registry)
			return true;
	return false;
}

static void add_need(struct status *s, struct status_file *f, struct token *t,
        const struct token_key *key, const char *host, const struct written_file *r)
{
	for (size_t i = 0; i < s->n_registries; i++)
		if (strcmp(s->registries[i].host, host) == 0 &&
		        strcmp(s->registries[i].identity, key->identity) == 0) {
			if (!has_need(f, i))
				*(struct status_need *)array_append(
				        &f->needs, &f->n_needs, sizeof(*f->needs)) =
				        (struct status_need){i, is_written(r, host, t)};
			return;
		}
}

static void add_needs(struct status *s, const struct config *config, const struct tokens *tokens,
        const struct written *record, const struct config_user *user)
{
	for (size_t i = 0; i < user->n_files; i++) {
		const struct written_file *r = written_find(record, user->name, user->files[i]);
		struct status_file *f = find_file(s, user->name, user->files[i]);

		if (!f)
			f = add_pending(s, user->name, user->files[i]);
		for (size_t e = 0; e < user->n_entries; e++) {
			const struct config_entry *entry = &user->entries[e];
			struct token_key key = plan_key(config, entry);
			struct token *t = tokens_find(tokens, &key);
			bool is_named = t && t->auto_host[0];

			add_need(s, f, t, &key,
			        !entry->is_auto ? entry->host.name
			        : is_named      ? t->auto_host
			                        : HOST_AUTO,
			        r);
		}
	}
}

void status_make(const struct config *config, const struct tokens *tokens,
        const struct written *record, char *const *only_users, size_t n_only_users,
        struct status *ret)
{
	_cleanup_(plan_done) struct plan plan = {};

	*ret = (struct status){};
	plan_make(config, only_users, n_only_users, &plan);
	for (size_t i = 0; i < plan.n_requests; i++)
		add_request(ret, config, tokens, &plan, &plan.requests[i]);
	for (size_t i = 0; i < record->n_files; i++)
		if (name_filter_matches(record->files[i].user, only_users, n_only_users))
			add_file(ret, &record->files[i]);
	for (size_t u = 0; u < config->n_users; u++)
		if (name_filter_matches(config->users[u].name, only_users, n_only_users)) {
			ret->n_users++;
			add_needs(ret, config, tokens, record, &config->users[u]);
		}
	if (n_only_users == 0)
		ret->watch_failure = record->watch_failure;
}

void status_hide_identities(struct status *s)
{
	for (size_t i = 0; i < s->n_registries; i++) {
		struct status_registry *r = &s->registries[i];

		free(TAKE_PTR(r->provider));
		free(TAKE_PTR(r->principal));
		if (r->failing_since)
			snprintf(r->failure.text, sizeof(r->failure.text),
			        "the host's service cannot fetch a token (%s); ask its "
			        "administrator, "
			        "whose journal shows why",
			        r->failure.code);
	}
}

static void add_cluster(
        struct status *s, const struct published *published, const char *kind, const char *name)
{
	struct status_cluster *c = array_append(&s->clusters, &s->n_clusters, sizeof(*c));

	*c = (struct status_cluster){.kind = kind,
	        .name = xstrdup(name),
	        .section = published_find(published, kind, name)};
}

void status_add_published(
        struct status *s, const struct config *config, const struct published *published)
{
	for (size_t i = 0; i < config->n_sinks; i++)
		add_cluster(s, published, config_sink_kind_name(config->sinks[i].kind),
		        config->sinks[i].name);
	if (published_is_of_environment(published, config))
		add_cluster(s, published, "rancher", CONFIG_ENVIRONMENT_SECTION);
}

const char *status_of_target(const struct published_target *target)
{
	return target->failure.code[0] ? "failed" : "fresh";
}

bool status_is_unfetched(const struct status_registry *r)
{
	return !r->expires_at && !r->failing_since;
}

static void file_done(struct status_file *f)
{
	free(f->user);
	free(f->file);
	free(f->path);
	for (size_t i = 0; i < f->n_hosts; i++)
		free(f->hosts[i]);
	free(f->hosts);
	for (size_t i = 0; i < f->n_findings; i++)
		free(f->findings[i]);
	free(f->findings);
	free(f->needs);
}

void status_done(struct status *s)
{
	for (size_t i = 0; i < s->n_registries; i++) {
		free(s->registries[i].host);
		free(s->registries[i].identity);
		free(s->registries[i].provider);
		free(s->registries[i].principal);
	}
	free(s->registries);
	for (size_t i = 0; i < s->n_files; i++)
		file_done(&s->files[i]);
	free(s->files);
	for (size_t i = 0; i < s->n_clusters; i++)
		free(s->clusters[i].name);
	free(s->clusters);
	free(s->summary);
	*s = (struct status){};
}

char *status_absent_remedy(const struct paths *paths, bool has_entries)
{
	bool is_hosted = !paths->is_system && status_is_hosted();

	return xasprintf("%s does not exist%s%s%s%s", paths->config_name,
	        is_hosted ? ", and need not: the host's service serves you, as 'ecr-refresher "
	                    "status' shows"
	                  : "; create it as 'man ecr-refresher.ini' describes",
	        has_entries ? "; entries written earlier stay and are not renewed, '" : "",
	        !has_entries       ? ""
	        : paths->is_system ? "sudo ecr-refresher logout"
	                           : "ecr-refresher logout",
	        has_entries ? "' removes them" : "");
}

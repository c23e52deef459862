/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of every user: the entries that should be in them, and containers that have mounted
 * one. Users control their files.
 */
#include "check/check-users.h"

#include <string.h>

#include "base/alloc.h"
#include "check/clients/bind-mounts.h"
#include "check/diagnose/diagnose-text.h"
#include "check/diagnose/diagnose-user.h"
#include "check/probe/probe-process.h"

/* Adds the registries with a valid token; entries of others need not exist. */
static void add_configured_hosts(
        const struct check_context *c, const struct config_user *user, struct probe_process *p)
{
	for (size_t i = 0; i < user->n_entries; i++) {
		const struct config_entry *e = &user->entries[i];
		struct token_key key = plan_key(&c->config, e);
		const struct token *t = tokens_find(&c->tokens, &key);

		if (!token_is_valid(t, c->now) || (e->is_auto && !t->auto_host[0]))
			continue;
		probe_process_add_host(
		        p, e->is_auto ? t->auto_host : e->host.name, &t->authorization);
	}
}

static void prepare_configured(
        const struct check_context *c, const struct config_user *user, struct probe_process *p)
{
	bool is_root = geteuid() == 0 && strcmp(user->name, "root") == 0;

	p->request = (struct probe_request){.user = user->name,
	        .record = &c->record,
	        .is_own_environment = c->scope != SCOPE_HOST || is_root};
	for (size_t i = 0; i < user->n_files; i++)
		probe_process_add_file(p, user->files[i]);
	add_configured_hosts(c, user, p);
}

/* The status of the host's service has the files and the registries, but no tokens. */
static void prepare_hosted(const struct check_context *c, struct probe_process *p)
{
	p->request = (struct probe_request){.user = c->user, .is_own_environment = true};
	for (size_t i = 0; i < c->status.n_files; i++)
		probe_process_add_file(p, c->status.files[i].file);
	for (size_t i = 0; i < c->status.n_registries; i++) {
		const struct status_registry *r = &c->status.registries[i];

		if (strcmp(r->state, "fresh") == 0 || strcmp(r->state, "failing") == 0)
			probe_process_add_host(p, r->host, NULL);
	}
}

static void report_mount(const struct user_facts *u, const char *path, const struct mount_user *m,
        struct findings *ret)
{
	_cleanup_(freep) char *volume =
	        xasprintf("%.*s:/config:ro", (int)(strrchr(path, '/') - path), path);
	_cleanup_(freep) char *quoted = diagnose_quote(volume);
	struct finding *f = findings_add_bad(
	        ret, "bind-mount", "%s: a container has mounted the single file %s", u->user, path);

	finding_add_line(f,
	        "%s (process %d) sees it as %s and keeps seeing the old file, because every "
	        "program that saves it replaces it",
	        m->name, m->pid, m->point);
	finding_add_line(f,
	        "mount the directory instead of the file: -v %s -e DOCKER_CONFIG=/config", quoted);
}

/* For all users together, so that each process is examined only once. */
static void check_mounts(const struct user_facts *users, size_t n, struct findings *ret)
{
	_cleanup_(freep) const struct user_facts **owners = NULL;
	_cleanup_(freep) char **paths = NULL;
	_cleanup_(freep) struct mount_user *found = NULL;
	size_t n_paths = 0, n_owners = 0;

	for (size_t u = 0; u < n; u++)
		for (size_t i = 0; i < users[u].facts.count; i++) {
			struct fact *fact = &users[u].facts.items[i];

			if (fact->kind != FACT_SEEN || fact->path[0] != '/')
				continue;
			*(char **)array_append(&paths, &n_paths, sizeof(*paths)) = fact->path;
			*(const struct user_facts **)array_append(
			        &owners, &n_owners, sizeof(*owners)) = &users[u];
		}
	found = xcalloc(n_paths + 1, sizeof(*found));
	mounts_find(paths, n_paths, found);
	for (size_t i = 0; i < n_paths; i++)
		if (found[i].pid != 0)
			report_mount(owners[i], paths[i], &found[i], ret);
	mount_users_done(found, n_paths);
}

void check_users(struct check_context *c, struct findings *ret)
{
	size_t n = c->scope == SCOPE_USER_OF_HOST ? 1 : c->config.n_users;
	struct probe_process *probes = xcalloc(n + 1, sizeof(*probes));
	struct user_facts *users = xcalloc(n + 1, sizeof(*users));
	bool is_explained = false;

	for (size_t i = 0; i < n; i++)
		if (c->scope == SCOPE_USER_OF_HOST)
			prepare_hosted(c, &probes[i]);
		else
			prepare_configured(c, &c->config.users[i], &probes[i]);
	probe_processes_run(probes, n, &c->tokens, users);
	for (size_t i = 0; i < n; i++) {
		users[i].explains_environment = !users[i].is_own_environment && !is_explained;
		is_explained |= users[i].explains_environment;
		c->is_incomplete |= users[i].is_own_environment && users[i].is_incomplete;
		diagnose_user(c, &users[i], ret);
	}
	check_mounts(users, n, ret);
	for (size_t i = 0; i < n; i++) {
		probe_process_done(&probes[i]);
		user_facts_done(&users[i]);
	}
	free(probes);
	free(users);
}

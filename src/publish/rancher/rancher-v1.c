/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the environments. The key of an account may see those that it is a member of, the key of an
 * environment only that one; both reach it below /projects/ID. Ids in the ini are not looked up,
 * because some versions list nothing to an account's key, but accept the id.
 */
#include "publish/rancher/rancher-v1.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "publish/rancher/rancher-call.h"
#include "publish/rancher/rancher-v1-environment.h"

#define TARGET_KIND "registry"
#define MAX_AT_ONCE 8 /* Rancher 1 is not a fast server */

struct run {
	struct rancher_server *server;
	struct sink_run *sink_run;
	char *const *names; /* ids or names of environments, in the ini */
	size_t n_names;
	struct rancher_list list; /* of those that the server lists */
	bool is_listed;
	struct rancher_v1_environment *environments; /* that are due */
	size_t n_environments;
};

static void run_done(struct run *run)
{
	for (size_t i = 0; i < run->n_environments; i++)
		rancher_v1_environment_done(&run->environments[i]);
	free(run->environments);
	rancher_list_done(&run->list);
}

/* Adds a target for each token, named after what the ini calls the environment, or its id. */
static size_t add_targets(struct run *run, const char *environment)
{
	size_t first = run->sink_run->fresh->n_targets;

	for (size_t i = 0; i < run->sink_run->n_tokens; i++) {
		_cleanup_(freep) char *name =
		        xasprintf("%s/%s", environment, run->sink_run->tokens[i].host);

		sink_add_target(run->sink_run, TARGET_KIND, name);
	}
	return first;
}

static bool is_due(const struct run *run, size_t first_target)
{
	const struct published_target *targets = &run->sink_run->fresh->targets[first_target];

	for (size_t i = 0; i < run->sink_run->n_tokens; i++)
		if (rancher_v1_environment_is_due(run->server, run->sink_run, &targets[i], i))
			return true;
	return false;
}

static void add_environment(struct run *run, const char *id, const char *name, size_t first_target)
{
	struct rancher_v1_environment *e =
	        array_append(&run->environments, &run->n_environments, sizeof(*run->environments));

	e->server = run->server;
	e->sink_run = run->sink_run;
	e->id = xstrdup(id);
	e->label = name ? xasprintf("%s (%s)", name, id) : xstrdup(id);
	e->first_target = first_target;
	e->is_optional = run->n_names == 0 && run->list.count > 1;
	e->lacks_registry = xcalloc(run->sink_run->n_tokens + 1, sizeof(*e->lacks_registry));
}

/* Reports whether a name is an id, such as "1a5". */
static bool is_id(const char *name)
{
	size_t digits;

	if (strncmp(name, "1a", 2) != 0)
		return false;
	digits = strspn(name + 2, "0123456789");
	return digits > 0 && !name[2 + digits];
}

static const struct rancher_row *find_listed(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->list.count; i++) {
		const struct rancher_row *row = &run->list.rows[i];

		if (!row->is_removed && (strcmp(row->id, name) == 0 ||
		                                (row->name && strcasecmp(row->name, name) == 0)))
			return row;
	}
	return NULL;
}

/* The API calls environments projects. */
static int list_environments(struct run *run, struct reason *ret_reason)
{
	_cleanup_(freep) char *path =
	        xasprintf("%s/projects", rancher_api_path(run->server->url.api));
	int r = run->is_listed ? 0 : rancher_call_list(run->server, path, &run->list, ret_reason);

	run->is_listed |= r == 0;
	return r;
}

static void fail_targets(struct run *run, const char *name, size_t first_target)
{
	struct published_target *targets = &run->sink_run->fresh->targets[first_target];
	char names[512];

	rancher_list_names(&run->list, names, sizeof(names));
	for (size_t i = 0; i < run->sink_run->n_tokens; i++)
		reason_set(&targets[i].failure, ENOENT, "no-such-project",
		        "no environment %.64s, or the keys may not see it; they can see: %s; "
		        "correct projects in %s",
		        name, names, run->server->label);
}

/* Adds the environments that the ini names; lists them only if one has no id there. */
static int add_named(struct run *run, struct reason *ret_reason)
{
	for (size_t i = 0; i < run->n_names; i++)
		add_targets(run, run->names[i]);
	for (size_t i = 0; i < run->n_names; i++) {
		const char *name = run->names[i];
		size_t first = i * run->sink_run->n_tokens;
		const struct rancher_row *row;
		int r;

		if (!is_due(run, first))
			continue;
		if (is_id(name)) {
			add_environment(run, name, NULL, first);
			continue;
		}
		r = list_environments(run, ret_reason);
		if (r < 0)
			return r;
		row = find_listed(run, name);
		if (row)
			add_environment(run, row->id, row->name, first);
		else
			fail_targets(run, name, first);
	}
	return 0;
}

/* Adds all environments that the keys can see. */
static int add_visible(struct run *run, struct reason *ret_reason)
{
	int r = list_environments(run, ret_reason);

	if (r < 0)
		return r;
	for (size_t i = 0; i < run->list.count; i++) {
		const struct rancher_row *row = &run->list.rows[i];
		size_t first;

		if (row->is_removed)
			continue;
		first = add_targets(run, row->id);
		if (is_due(run, first))
			add_environment(run, row->id, row->name, first);
	}
	if (run->sink_run->fresh->n_targets > 0)
		return 0;
	return reason_set(ret_reason, ENOENT, "no-projects",
	        "the keys can see no environment; write its id in %s, projects = 1a5, or use a "
	        "key of the environment (API, Keys, Advanced Options in Rancher)",
	        run->server->label);
}

static void update_environment(void *userdata, size_t i)
{
	struct run *run = userdata;

	rancher_v1_environment_update(&run->environments[i]);
}

/* If the server is at fault, the whole section fails and may wait. */
static int find_server_failure(const struct run *run, struct reason *ret_reason)
{
	for (size_t i = 0; i < run->n_environments; i++) {
		if (run->environments[i].error == 0)
			continue;
		*ret_reason = run->environments[i].reason;
		return run->environments[i].error;
	}
	return 0;
}

/* Reports whether all environments lack a token's registry. Before targets are dropped. */
static bool all_lack(const struct run *run, size_t token)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_environments; i++)
		n += run->environments[i].lacks_registry[token];
	return n > 0 && n == run->sink_run->fresh->n_targets / run->sink_run->n_tokens;
}

static void drop_lacking_targets(struct run *run)
{
	_cleanup_(freep) bool *is_gone =
	        xcalloc(run->sink_run->fresh->n_targets + 1, sizeof(*is_gone));

	for (size_t i = 0; i < run->n_environments; i++)
		for (size_t token = 0; token < run->sink_run->n_tokens; token++)
			is_gone[run->environments[i].first_target + token] =
			        run->environments[i].lacks_registry[token];
	sink_drop_targets(run->sink_run, is_gone);
}

/* A registry that only some of the environments have is not missing in the others. */
static void judge_lacking(struct run *run)
{
	size_t n = run->sink_run->n_tokens;
	_cleanup_(freep) bool *is_nowhere = xcalloc(n + 1, sizeof(*is_nowhere));
	char names[512];

	for (size_t i = 0; i < n; i++)
		is_nowhere[i] = all_lack(run, i);
	drop_lacking_targets(run);
	for (size_t i = 0; i < n; i++) {
		const char *host = run->sink_run->tokens[i].host;

		if (is_nowhere[i])
			reason_set(&sink_add_target(run->sink_run, TARGET_KIND, host)->failure,
			        ENOENT, "no-registry",
			        "none of the environments has a registry %s (%s); add it in "
			        "Rancher (Infrastructure, Registries), or write create = yes in "
			        "%s",
			        host, rancher_list_names(&run->list, names, sizeof(names)),
			        run->server->label);
	}
}

int rancher_v1_publish(struct rancher_server *server, struct sink_run *sink_run)
{
	struct reason *failure = &sink_run->fresh->failure;
	_cleanup_(run_done) struct run run = {.server = server,
	        .sink_run = sink_run,
	        .names = server->config->projects,
	        .n_names = server->config->n_projects};
	char *const of_url = server->url.project;
	int r;

	if (run.n_names == 0 && *of_url) {
		run.names = &of_url;
		run.n_names = 1;
	}
	r = run.n_names > 0 ? add_named(&run, failure) : add_visible(&run, failure);
	if (r < 0)
		return r;
	parallel_run_at_most(MAX_AT_ONCE, run.n_environments, update_environment, &run);
	r = find_server_failure(&run, failure);
	judge_lacking(&run);
	return r;
}

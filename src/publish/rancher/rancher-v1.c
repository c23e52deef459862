/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which environments there are. A key of an account sees those it is a member of, a key of an
 * environment only that; both reach it below /projects/ID. Ids that the ini names are not looked
 * up: some versions list nothing to an account's key, and answer for the id all the same.
 */

#include "publish/rancher/rancher-v1.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "publish/rancher/rancher-call.h"

#define TARGET_KIND "registry"
#define MOST_PROJECTS 8 /* at a time; Rancher 1 is not a fast server */

struct run {
	struct rancher_server *server;
	struct sink_run *section;
	char *const *words; /* what the ini says of projects */
	size_t n_words;
	struct rancher_list list; /* what the server says of them */
	bool is_listed;
	struct rancher_v1_environment *projects;
	size_t n_projects;
};

static void project_done(struct rancher_v1_environment *project)
{
	free(project->id);
	free(project->label);
	free(project->is_lacking);
}

static void run_done(struct run *run)
{
	for (size_t i = 0; i < run->n_projects; i++)
		project_done(&run->projects[i]);
	free(run->projects);
	rancher_list_done(&run->list);
}

uint64_t rancher_v1_hash(const struct rancher_server *server, const struct sink_token *token)
{
	uint64_t hash = sink_hash_string(0, server->url.server);

	hash = sink_hash_string(hash, token->host);
	return sink_hash(hash, token->authorization->data, token->authorization->size);
}

bool rancher_v1_is_due(const struct rancher_server *server, const struct sink_run *section,
        const struct published_target *target, size_t token)
{
	return section->force || target->failure.code[0] ||
	       target->hash != rancher_v1_hash(server, &section->tokens[token]);
}

/* One target for each token, named after what the ini calls the project, or its id. */
static size_t add_targets(struct run *run, const char *project)
{
	size_t first = run->section->fresh->n_targets;

	for (size_t i = 0; i < run->section->n_tokens; i++) {
		_cleanup_(freep) char *name =
		        xasprintf("%s/%s", project, run->section->tokens[i].host);

		sink_target(run->section, TARGET_KIND, name);
	}
	return first;
}

static bool has_due(const struct run *run, size_t first)
{
	for (size_t i = 0; i < run->section->n_tokens; i++)
		if (rancher_v1_is_due(
		            run->server, run->section, &run->section->fresh->targets[first + i], i))
			return true;
	return false;
}

static void add_project(struct run *run, const char *id, const char *name, size_t first)
{
	struct rancher_v1_environment *p =
	        array_append(&run->projects, &run->n_projects, sizeof(*run->projects));

	p->server = run->server;
	p->section = run->section;
	p->id = xstrdup(id);
	p->label = name ? xasprintf("%s (%s)", name, id) : xstrdup(id);
	p->first_target = first;
	p->may_lack = run->n_words == 0 && run->list.count > 1;
	p->is_lacking = xcalloc(run->section->n_tokens + 1, sizeof(*p->is_lacking));
}

/* "1a5" */
static bool is_id(const char *word)
{
	size_t digits;

	if (strncmp(word, "1a", 2) != 0)
		return false;
	digits = strspn(word + 2, "0123456789");
	return digits > 0 && !word[2 + digits];
}

static const struct rancher_row *find_project(const struct run *run, const char *word)
{
	for (size_t i = 0; i < run->list.count; i++) {
		const struct rancher_row *row = &run->list.rows[i];

		if (!row->is_removed && (strcmp(row->id, word) == 0 ||
		                                (row->name && strcasecmp(row->name, word) == 0)))
			return row;
	}
	return NULL;
}

static int list_projects(struct run *run, struct reason *ret_reason)
{
	_cleanup_(freep) char *path =
	        xasprintf("%s/projects", rancher_api_path(run->server->url.api));
	int r = run->is_listed ? 0 : rancher_call_list(run->server, path, &run->list, ret_reason);

	run->is_listed |= r == 0;
	return r;
}

static void fail_project(struct run *run, const char *word, size_t first)
{
	char names[512];

	rancher_list_names(&run->list, names, sizeof(names));
	for (size_t i = 0; i < run->section->n_tokens; i++)
		reason_set(&run->section->fresh->targets[first + i].failure, ENOENT,
		        "no-such-project",
		        "there is no environment %.64s, or the keys are not for it; they see: "
		        "%s; correct projects in %s",
		        word, names, run->server->label);
}

/* What the ini names, whether it is there or not. */
static int find_named(struct run *run, struct reason *ret_reason)
{
	for (size_t i = 0; i < run->n_words; i++) {
		const char *word = run->words[i];
		size_t first = i * run->section->n_tokens;
		const struct rancher_row *row;
		int r;

		if (!has_due(run, first))
			continue;
		if (is_id(word)) {
			add_project(run, word, NULL, first);
			continue;
		}
		r = list_projects(run, ret_reason);
		if (r < 0)
			return r;
		row = find_project(run, word);
		if (row)
			add_project(run, row->id, row->name, first);
		else
			fail_project(run, word, first);
	}
	return 0;
}

/* All that the keys see. */
static int find_all(struct run *run, struct reason *ret_reason)
{
	int r = list_projects(run, ret_reason);

	if (r < 0)
		return r;
	for (size_t i = 0; i < run->list.count; i++) {
		const struct rancher_row *row = &run->list.rows[i];
		size_t first;

		if (row->is_removed)
			continue;
		first = add_targets(run, row->id);
		if (has_due(run, first))
			add_project(run, row->id, row->name, first);
	}
	if (run->section->fresh->n_targets > 0)
		return 0;
	return reason_set(ret_reason, ENOENT, "no-projects",
	        "the keys see no environment; name it by its id in %s, projects = 1a5, or use a "
	        "key of the environment (API, Keys, Advanced Options in Rancher)",
	        run->server->label);
}

static void work(void *userdata, size_t i)
{
	struct run *run = userdata;

	rancher_v1_environment_serve(&run->projects[i]);
}

/* Where it is the server that fails, nothing is served, and the whole section may wait. */
static int conclude(const struct run *run, struct reason *ret_reason)
{
	for (size_t i = 0; i < run->n_projects; i++) {
		if (run->projects[i].error == 0)
			continue;
		*ret_reason = run->projects[i].reason;
		return run->projects[i].error;
	}
	return 0;
}

/* Whether there is no environment at all with this host. Before the targets are taken out. */
static bool is_nowhere(const struct run *run, size_t token)
{
	size_t lacking = 0;

	for (size_t i = 0; i < run->n_projects; i++)
		lacking += run->projects[i].is_lacking[token];
	return lacking > 0 && lacking == run->section->fresh->n_targets / run->section->n_tokens;
}

static void remove_lacking(struct run *run)
{
	_cleanup_(freep) bool *is_gone =
	        xcalloc(run->section->fresh->n_targets + 1, sizeof(*is_gone));

	for (size_t i = 0; i < run->n_projects; i++)
		for (size_t token = 0; token < run->section->n_tokens; token++)
			is_gone[run->projects[i].first_target + token] =
			        run->projects[i].is_lacking[token];
	sink_forget(run->section, is_gone);
}

static void fail_nowhere(struct run *run, const char *host)
{
	char names[512];

	reason_set(&sink_target(run->section, TARGET_KIND, host)->failure, ENOENT, "no-registry",
	        "none of the environments has a registry %s (%s); add it in Rancher "
	        "(Infrastructure, Registries), or write create = yes in %s",
	        host, rancher_list_names(&run->list, names, sizeof(names)), run->server->label);
}

/* What environments that nobody named have not is passed over, unless none of them has it. */
static void pass_over(struct run *run)
{
	size_t n = run->section->n_tokens;
	_cleanup_(freep) bool *nowhere = xcalloc(n + 1, sizeof(*nowhere));

	for (size_t i = 0; i < n; i++)
		nowhere[i] = is_nowhere(run, i);
	remove_lacking(run);
	for (size_t i = 0; i < n; i++)
		if (nowhere[i])
			fail_nowhere(run, run->section->tokens[i].host);
}

int rancher_v1_publish(struct rancher_server *server, struct sink_run *section)
{
	struct reason *failure = &section->fresh->failure;
	_cleanup_(run_done) struct run run = {.server = server,
	        .section = section,
	        .words = server->config->projects,
	        .n_words = server->config->n_projects};
	char *const of_url = server->url.project;
	int r;

	if (run.n_words == 0 && *of_url) {
		run.words = &of_url;
		run.n_words = 1;
	}
	for (size_t i = 0; i < run.n_words; i++)
		add_targets(&run, run.words[i]);
	r = run.n_words > 0 ? find_named(&run, failure) : find_all(&run, failure);
	if (r < 0)
		return r;
	parallel_run_at_most(MOST_PROJECTS, run.n_projects, work, &run);
	r = conclude(&run, failure);
	pass_over(&run);
	return r;
}

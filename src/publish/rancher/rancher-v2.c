/* SPDX-License-Identifier: Apache-2.0 */

/* Where objects are to be, and which of the old ones are no longer wanted. */

#include "publish/rancher/rancher-v2.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "publish/rancher/rancher-call.h"

#define OF_PROJECT "docker-credential"
#define OF_NAMESPACE "namespaced-docker-credential"
#define MOST_PLACES 8 /* at a time */

struct run {
	struct rancher_server *server;
	struct sink_run *section;
	struct rancher_v2_object *places;
	size_t n_places;
	size_t first;    /* of those that are being served */
	uint64_t hash;   /* of what is to be sent everywhere */
	size_t n_wanted; /* targets that the section asks for, the first ones */
	size_t n_left;   /* old objects of projects that are no longer named */
	size_t n_all;    /* old objects */
	bool keeps_old;
};

static void run_done(struct run *run)
{
	for (size_t i = 0; i < run->n_places; i++) {
		free(run->places[i].project);
		free(run->places[i].namespace);
		free(run->places[i].name);
		free(run->places[i].uid);
	}
	free(run->places);
}

static void work(void *userdata, size_t i)
{
	struct run *run = userdata;
	struct rancher_v2_object *p = &run->places[run->first + i];

	p->error = p->is_to_go ? rancher_v2_object_remove(p) : rancher_v2_object_send(p);
}

/* "CLUSTER:PROJECT" or "CLUSTER:PROJECT/NAMESPACE". */
static bool read_word(const char *word, char **ret_project, char **ret_namespace)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-._";
	size_t cluster = strspn(word, letters), project;
	const char *rest = word + cluster;

	if (cluster == 0 || *rest++ != ':')
		return false;
	project = strspn(rest, letters);
	rest += project;
	if (project == 0 || (*rest && *rest != '/'))
		return false;
	if (*rest == '/' && (!rest[1] || rest[1 + strspn(rest + 1, letters)]))
		return false;
	*ret_project = xstrndup(word, (size_t)(rest - word));
	*ret_namespace = *rest ? xstrdup(rest + 1) : NULL;
	return true;
}

static struct rancher_v2_object *add_place(struct run *run)
{
	struct rancher_v2_object *p = array_append(&run->places, &run->n_places, sizeof(*p));

	p->server = run->server;
	p->section = run->section;
	return p;
}

static void add_word(struct run *run, const char *word)
{
	const char *name = run->server->config->secret;
	_cleanup_(freep) char *target_name = xasprintf("%s/%s", word, name);
	_cleanup_(freep) char *project = NULL, *namespace = NULL;
	bool is_good = read_word(word, &project, &namespace);
	struct published_target *t =
	        sink_target(run->section, namespace ? OF_NAMESPACE : OF_PROJECT, target_name);
	struct rancher_v2_object *p;

	if (!is_good) {
		reason_set(&t->failure, EINVAL, "bad-project",
		        "%.100s is no project of Rancher 2; expected CLUSTER:PROJECT, such as "
		        "c-m-abc12:p-def34, or CLUSTER:PROJECT/NAMESPACE, in projects of %s",
		        word, run->server->label);
		return;
	}
	if (!run->section->force && !t->failure.code[0] && t->hash == run->hash)
		return;
	p = add_place(run);
	p->target = run->section->fresh->n_targets - 1;
	p->project = TAKE_PTR(project);
	p->namespace = TAKE_PTR(namespace);
	p->name = xstrdup(name);
	p->uid = t->uid ? xstrdup(t->uid) : NULL;
}

/* Whether something that replaces an old object, or may, could not be brought to the server. */
static bool lacks_new(const struct run *run)
{
	const struct published_section *fresh = run->section->fresh;

	for (size_t i = 0; i < fresh->n_targets; i++)
		if (fresh->targets[i].failure.code[0])
			return true;
	return false;
}

/* Whether the project, or the namespace in it, of an old object is still named. */
static bool is_wanted(const struct run *run, const struct published_target *old)
{
	const struct published_section *fresh = run->section->fresh;
	const char *slash = strrchr(old->name, '/');
	size_t size = slash ? (size_t)(slash - old->name) + 1 : 0;

	for (size_t i = 0; i < run->n_wanted; i++)
		if (strncmp(fresh->targets[i].name, old->name, size) == 0 &&
		        !strchr(fresh->targets[i].name + size, '/'))
			return true;
	return false;
}

static void count(struct run *run)
{
	const struct published_section *old = run->section->old;

	for (size_t i = 0; i < old->n_targets; i++) {
		run->n_all += old->targets[i].uid != NULL;
		run->n_left += old->targets[i].uid && !is_wanted(run, &old->targets[i]);
	}
}

/* What we made and is no longer asked for. It goes after what replaces it was sent. */
static void add_old(struct run *run, const struct published_target *old)
{
	const char *slash = strrchr(old->name, '/');
	_cleanup_(freep) char *word = NULL;
	_cleanup_(freep) char *project = NULL, *namespace = NULL;
	struct published_target *t;
	struct rancher_v2_object *p;
	bool is_left;

	if (!old->uid || !slash || published_find_target(run->section->fresh, old->kind, old->name))
		return;
	word = xstrndup(old->name, (size_t)(slash - old->name));
	if (!read_word(word, &project, &namespace))
		return;
	is_left = !is_wanted(run, old);
	t = sink_target(run->section, old->kind, old->name);
	if (is_left && sink_is_mass_removal(run->section, run->n_left, run->n_all)) {
		sink_refuse_removal(run->section, t, "'projects'", run->n_left, run->n_all);
		return;
	}
	if (run->keeps_old)
		return;
	p = add_place(run);
	p->target = run->section->fresh->n_targets - 1;
	p->project = TAKE_PTR(project);
	p->namespace = TAKE_PTR(namespace);
	p->name = xstrdup(slash + 1);
	p->uid = xstrdup(old->uid);
	p->is_to_go = true;
}

static void conclude_place(struct run *run, struct rancher_v2_object *p)
{
	struct published_target *t = &run->section->fresh->targets[p->target];

	if (p->error == -ECOMM)
		return;
	if (p->error < 0) {
		t->failure = p->reason;
		return;
	}
	t->failure = (struct reason){};
	t->hash = run->hash;
	t->published_at = run->section->now;
	free(t->uid);
	t->uid = TAKE_PTR(p->uid);
}

static void remove_gone(struct run *run)
{
	_cleanup_(freep) bool *is_gone =
	        xcalloc(run->section->fresh->n_targets + 1, sizeof(*is_gone));

	for (size_t i = 0; i < run->n_places; i++)
		is_gone[run->places[i].target] = run->places[i].is_gone;
	sink_forget(run->section, is_gone);
}

/* Serves the places from the index first on. */
static int serve(struct run *run, size_t first, struct reason *ret_reason)
{
	int r = 0;

	run->first = first;
	parallel_run_at_most(MOST_PLACES, run->n_places - first, work, run);
	for (size_t i = first; i < run->n_places; i++) {
		conclude_place(run, &run->places[i]);
		if (run->places[i].error != -ECOMM || r < 0)
			continue;
		*ret_reason = run->places[i].reason;
		r = -ECOMM;
	}
	return r;
}

static int remove_old(struct run *run, struct reason *ret_reason)
{
	size_t first = run->n_places;
	int r;

	run->n_wanted = run->section->fresh->n_targets;
	count(run);
	run->keeps_old = lacks_new(run) && !run->section->force;
	for (size_t i = 0; i < run->section->old->n_targets; i++)
		add_old(run, &run->section->old->targets[i]);
	r = serve(run, first, ret_reason);
	remove_gone(run);
	return r;
}

static int fail_without_projects(struct rancher_server *server, struct reason *ret_reason)
{
	_cleanup_(rancher_list_done) struct rancher_list list = {};
	char names[512];
	int r = rancher_call_list(server, "/v3/projects", &list, ret_reason);

	if (r < 0)
		return r;
	return reason_set(ret_reason, EINVAL, "no-projects",
	        "Rancher 2 keeps registry credentials in projects, and %s names none; expected "
	        "projects = CLUSTER:PROJECT; the token sees: %s",
	        server->label, rancher_list_names(&list, names, sizeof(names)));
}

int rancher_v2_publish(struct rancher_server *server, struct sink_run *section)
{
	const struct config_rancher *config = server->config;
	_cleanup_(run_done) struct run run = {.server = server,
	        .section = section,
	        .hash = sink_hash_string(sink_tokens_hash(section), server->url.server)};
	int r;

	if (config->n_projects == 0 && !*server->url.project)
		return fail_without_projects(server, &section->fresh->failure);
	for (size_t i = 0; i < config->n_projects; i++)
		add_word(&run, config->projects[i]);
	if (config->n_projects == 0)
		add_word(&run, server->url.project);
	r = serve(&run, 0, &section->fresh->failure);
	return r < 0 ? r : remove_old(&run, &section->fresh->failure);
}

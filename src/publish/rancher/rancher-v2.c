/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/rancher/rancher-v2.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "publish/rancher/rancher-call.h"
#include "publish/rancher/rancher-v2-object.h"

#define OF_PROJECT "docker-credential"
#define OF_NAMESPACE "namespaced-docker-credential"
#define MAX_AT_ONCE 8

struct run {
	struct rancher_server *server;
	struct sink_run *sink_run;
	struct rancher_v2_object *objects; /* to be sent or removed */
	size_t n_objects;
	size_t first;      /* of those that are sent or removed now */
	uint64_t hash;     /* of what is sent everywhere */
	size_t n_wanted;   /* targets that the section asks for, the first ones */
	size_t n_unwanted; /* old objects of projects that are no longer named, */
	size_t n_old;      /* of all old objects */
};

static void run_done(struct run *run)
{
	for (size_t i = 0; i < run->n_objects; i++)
		rancher_v2_object_done(&run->objects[i]);
	free(run->objects);
}

/* Splits a scope, "CLUSTER:PROJECT" or "CLUSTER:PROJECT/NAMESPACE". Returns false if it is neither.
 */
static bool split_scope(const char *scope, char **ret_project, char **ret_namespace)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789-._";
	size_t cluster = strspn(scope, letters), project;
	const char *rest = scope + cluster;

	if (cluster == 0 || *rest++ != ':')
		return false;
	project = strspn(rest, letters);
	rest += project;
	if (project == 0 || (*rest && *rest != '/'))
		return false;
	if (*rest == '/' && (!rest[1] || rest[1 + strspn(rest + 1, letters)]))
		return false;
	*ret_project = xstrndup(scope, (size_t)(rest - scope));
	*ret_namespace = *rest ? xstrdup(rest + 1) : NULL;
	return true;
}

/* Adds the object of the target that was added last. The object owns project and namespace. */
static struct rancher_v2_object *add_object(struct run *run, char *project, char *namespace,
        const char *name, const struct published_target *t)
{
	struct rancher_v2_object *o =
	        array_append(&run->objects, &run->n_objects, sizeof(*run->objects));

	*o = (struct rancher_v2_object){.server = run->server,
	        .sink_run = run->sink_run,
	        .project = project,
	        .namespace = namespace,
	        .name = xstrdup(name),
	        .target = run->sink_run->fresh->n_targets - 1,
	        .uid = t->uid ? xstrdup(t->uid) : NULL};
	return o;
}

static void add_wanted(struct run *run, const char *scope)
{
	const char *name = run->server->config->secret;
	_cleanup_(freep) char *target_name = xasprintf("%s/%s", scope, name);
	_cleanup_(freep) char *project = NULL, *namespace = NULL;
	bool is_valid = split_scope(scope, &project, &namespace);
	struct published_target *t =
	        sink_add_target(run->sink_run, namespace ? OF_NAMESPACE : OF_PROJECT, target_name);

	if (!is_valid)
		reason_set(&t->failure, EINVAL, "bad-project",
		        "%.100s is not a project of Rancher 2; expected CLUSTER:PROJECT, such as "
		        "c-m-abc12:p-def34, or CLUSTER:PROJECT/NAMESPACE, in projects of %s",
		        scope, run->server->label);
	else if (run->sink_run->force || t->failure.code[0] || t->hash != run->hash)
		add_object(run, TAKE_PTR(project), TAKE_PTR(namespace), name, t);
}

/* Reports whether an object that replaces an old one, or may, could not be sent. */
static bool has_failure(const struct run *run)
{
	const struct published_section *fresh = run->sink_run->fresh;

	for (size_t i = 0; i < fresh->n_targets; i++)
		if (fresh->targets[i].failure.code[0])
			return true;
	return false;
}

/* Reports whether the section still names the scope of an old object. */
static bool is_wanted(const struct run *run, const struct published_target *old)
{
	const struct published_section *fresh = run->sink_run->fresh;
	const char *slash = strrchr(old->name, '/');
	size_t size = slash ? (size_t)(slash - old->name) + 1 : 0;

	for (size_t i = 0; i < run->n_wanted; i++)
		if (strncmp(fresh->targets[i].name, old->name, size) == 0 &&
		        !strchr(fresh->targets[i].name + size, '/'))
			return true;
	return false;
}

static void count_unwanted(struct run *run)
{
	const struct published_section *old = run->sink_run->old;

	run->n_wanted = run->sink_run->fresh->n_targets;
	for (size_t i = 0; i < old->n_targets; i++) {
		run->n_old += old->targets[i].uid != NULL;
		run->n_unwanted += old->targets[i].uid && !is_wanted(run, &old->targets[i]);
	}
}

/* Removes an object that we created and that the section no longer asks for, unless keeps_old. */
static void add_removal(struct run *run, const struct published_target *old, bool keeps_old)
{
	const char *slash = strrchr(old->name, '/');
	_cleanup_(freep) char *scope = NULL, *project = NULL, *namespace = NULL;
	struct published_target *t;

	if (!old->uid || !slash ||
	        published_find_target(run->sink_run->fresh, old->kind, old->name))
		return;
	scope = xstrndup(old->name, (size_t)(slash - old->name));
	if (!split_scope(scope, &project, &namespace))
		return;
	t = sink_add_target(run->sink_run, old->kind, old->name);
	if (!is_wanted(run, old) &&
	        sink_is_mass_removal(run->sink_run, run->n_unwanted, run->n_old))
		sink_refuse_removal(run->sink_run, t, "'projects'", run->n_unwanted, run->n_old);
	else if (!keeps_old)
		add_object(run, TAKE_PTR(project), TAKE_PTR(namespace), slash + 1, old)
		        ->is_unwanted = true;
}

static void update_object(void *userdata, size_t i)
{
	struct run *run = userdata;
	struct rancher_v2_object *o = &run->objects[run->first + i];

	o->error = o->is_unwanted ? rancher_v2_object_remove(o) : rancher_v2_object_send(o);
}

static void keep_result(struct run *run, struct rancher_v2_object *o)
{
	struct published_target *t = &run->sink_run->fresh->targets[o->target];

	if (o->error == -ECOMM)
		return;
	if (o->error < 0) {
		t->failure = o->reason;
		return;
	}
	t->failure = (struct reason){};
	t->hash = run->hash;
	t->published_at = run->sink_run->now;
	free(t->uid);
	t->uid = TAKE_PTR(o->uid);
}

/* Sends or removes the objects from the index first on. Returns -ECOMM if the server is at fault.
 */
static int update_objects(struct run *run, size_t first, struct reason *ret_reason)
{
	int r = 0;

	run->first = first;
	parallel_run_at_most(MAX_AT_ONCE, run->n_objects - first, update_object, run);
	for (size_t i = first; i < run->n_objects; i++) {
		keep_result(run, &run->objects[i]);
		if (run->objects[i].error != -ECOMM || r < 0)
			continue;
		*ret_reason = run->objects[i].reason;
		r = -ECOMM;
	}
	return r;
}

/* Removes old objects, after their replacements were sent. */
static int remove_unwanted(struct run *run, struct reason *ret_reason)
{
	const struct published_section *old = run->sink_run->old;
	bool keeps_old = has_failure(run) && !run->sink_run->force;
	_cleanup_(freep) bool *is_gone = NULL;
	size_t first = run->n_objects;
	int r;

	count_unwanted(run);
	for (size_t i = 0; i < old->n_targets; i++)
		add_removal(run, &old->targets[i], keeps_old);
	r = update_objects(run, first, ret_reason);
	is_gone = xcalloc(run->sink_run->fresh->n_targets + 1, sizeof(*is_gone));
	for (size_t i = 0; i < run->n_objects; i++)
		is_gone[run->objects[i].target] = run->objects[i].is_gone;
	sink_drop_targets(run->sink_run, is_gone);
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
	        "Rancher 2 keeps registry credentials in projects, but %s names none; expected "
	        "projects = CLUSTER:PROJECT; the token can see: %s",
	        server->label, rancher_list_names(&list, names, sizeof(names)));
}

int rancher_v2_publish(struct rancher_server *server, struct sink_run *sink_run)
{
	const struct config_rancher *config = server->config;
	_cleanup_(run_done) struct run run = {.server = server,
	        .sink_run = sink_run,
	        .hash = sink_hash_string(sink_hash_tokens(sink_run), server->url.server)};
	int r;

	if (config->n_projects == 0 && !*server->url.project)
		return fail_without_projects(server, &sink_run->fresh->failure);
	for (size_t i = 0; i < config->n_projects; i++)
		add_wanted(&run, config->projects[i]);
	if (config->n_projects == 0)
		add_wanted(&run, server->url.project);
	r = update_objects(&run, 0, &sink_run->fresh->failure);
	return r < 0 ? r : remove_unwanted(&run, &sink_run->fresh->failure);
}

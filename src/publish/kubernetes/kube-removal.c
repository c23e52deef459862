/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Secrets that are no longer wanted: after a change of 'secret =' the ones with the old name,
 * after one of 'namespaces' those of other namespaces. Each goes only after what replaces it is in
 * place.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "publish/kubernetes/kube-run.h"
#include "publish/kubernetes/kube-secret.h"

#define ATTEMPTS 3

struct job {
	size_t target; /* its index in the fresh section */
	bool is_gone;
};

struct jobs {
	struct kube_run *run;
	struct job *items;
	size_t count;
};

static void jobs_done(struct jobs *jobs)
{
	free(jobs->items);
}

static const char *name_of(const struct published_target *t)
{
	return strchr(t->name, '/') + 1;
}

static void remove_one(void *userdata, size_t i)
{
	const struct jobs *jobs = userdata;
	struct job *job = &jobs->items[i];
	struct published_target *t = &jobs->run->section->fresh->targets[job->target];
	_cleanup_(freep) char *namespace = kube_namespace_of(t);
	struct reason reason = {};
	int r = -EEXIST;

	for (unsigned n = 0; r == -EEXIST && n < ATTEMPTS; n++)
		r = kube_secret_remove(jobs->run, namespace, name_of(t), t, &reason);
	job->is_gone = r == 0;
	t->failure = r < 0 ? reason : (struct reason){};
}

static bool has_namespace(const struct kube_objects *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return true;
	return false;
}

bool kube_is_wanted(const struct kube_run *run, const char *namespace)
{
	return has_namespace(&run->namespaces, namespace);
}

bool kube_has_failure(const struct kube_run *run, const char *namespace)
{
	const struct published_section *fresh = run->section->fresh;
	size_t size = strlen(namespace);

	for (size_t i = 0; i < fresh->n_targets; i++)
		if (fresh->targets[i].failure.code[0] &&
		        strncmp(fresh->targets[i].name, namespace, size) == 0 &&
		        fresh->targets[i].name[size] == '/')
			return true;
	return false;
}

/* Whether it is still in the cluster, as far as we can see. */
static bool is_there(const struct kube_run *run, const struct published_target *t)
{
	_cleanup_(freep) char *namespace = kube_namespace_of(t);
	const struct kube_object *o = kube_objects_find(&run->secrets, namespace, name_of(t));

	/* The list has those of the present name alone. */
	if (!run->knows_secrets || strcmp(name_of(t), run->config->secret) != 0)
		return true;
	return o && (!t->uid || strcmp(o->uid, t->uid) == 0);
}

/* Whether the record has it as one of our Secrets, which this run does not send. */
static bool is_old(const struct kube_run *run, const struct published_target *t)
{
	return strcmp(t->kind, KUBE_SECRET) == 0 && strchr(t->name, '/') &&
	       !published_find_target(run->section->fresh, KUBE_SECRET, t->name) &&
	       is_there(run, t);
}

/* In a namespace that still gets a Secret the new one, and who refers to it, come first. */
static bool may_go(const struct kube_run *run, const char *namespace)
{
	if (!kube_is_wanted(run, namespace))
		return !run->keeps_left;
	return !kube_has_failure(run, namespace) && !sink_would_drop_valid_token(run->section);
}

static const char *keys_of(const struct config_kubernetes *config)
{
	if (!config->namespace_selector)
		return "'namespaces'";
	return config->n_namespaces > 0 ? "'namespaces' and 'namespace_selector'"
	                                : "'namespace_selector'";
}

static void add(struct jobs *jobs, const struct published_target *old)
{
	struct kube_run *run = jobs->run;
	_cleanup_(freep) char *namespace = kube_namespace_of(old);
	bool is_refused = run->is_refused && !kube_is_wanted(run, namespace);
	struct published_target *t;
	struct job *job;

	if (!old->uid && !is_refused)
		return; /* we did not make it */
	t = sink_target(run->section, KUBE_SECRET, old->name);
	/* A failure of an earlier run must not keep it, nor others in its namespace. */
	t->failure = (struct reason){};
	if (is_refused)
		sink_refuse_removal(run->section, t, keys_of(run->config), run->n_left, run->n_all);
	if (!may_go(run, namespace))
		return;
	job = array_append(&jobs->items, &jobs->count, sizeof(*job));
	job->target = run->section->fresh->n_targets - 1;
}

static void forget(const struct jobs *jobs)
{
	struct sink_run *section = jobs->run->section;
	_cleanup_(freep) bool *is_gone = xcalloc(section->fresh->n_targets + 1, sizeof(*is_gone));

	for (size_t i = 0; i < jobs->count; i++)
		is_gone[jobs->items[i].target] = jobs->items[i].is_gone;
	sink_forget(section, is_gone);
}

void kube_secrets_remove(struct kube_run *run)
{
	_cleanup_(jobs_done) struct jobs jobs = {.run = run};
	const struct published_section *old = run->section->old;

	for (size_t i = 0; i < old->n_targets; i++)
		if (is_old(run, &old->targets[i]))
			add(&jobs, &old->targets[i]);
	parallel_run_at_most(KUBE_IN_FLIGHT, jobs.count, remove_one, &jobs);
	forget(&jobs);
}

/* Whether something that was never in the cluster could not be brought there. */
static bool lacks_new(const struct published_section *fresh)
{
	for (size_t i = 0; i < fresh->n_targets; i++)
		if (strcmp(fresh->targets[i].kind, KUBE_SECRET) == 0 &&
		        fresh->targets[i].failure.code[0] && fresh->targets[i].hash == 0)
			return true;
	return false;
}

/* Counts what was brought to the cluster once; what goes with its namespace is not counted. */
static void count(struct kube_run *run)
{
	const struct published_section *old = run->section->old;

	for (size_t i = 0; i < old->n_targets; i++) {
		const struct published_target *t = &old->targets[i];
		_cleanup_(freep) char *namespace = kube_namespace_of(t);
		bool is_wanted = kube_is_wanted(run, namespace);
		bool is_left =
		        !is_wanted && is_old(run, t) && !has_namespace(&run->leaving, namespace);

		if (strcmp(t->kind, KUBE_SECRET) != 0 || t->hash == 0)
			continue;
		run->n_all += is_wanted || is_left;
		run->n_left += is_left;
	}
}

void kube_look_at_left(struct kube_run *run)
{
	struct sink_run *section = run->section;

	count(run);
	run->is_refused = sink_is_mass_removal(section, run->n_left, run->n_all);
	run->keeps_left = run->n_left > 0 && !section->force &&
	                  (run->is_refused || lacks_new(section->fresh));
	if (run->keeps_left && !run->is_refused)
		sink_warn(section,
		        "%zu Secret%s of namespaces that are no longer wanted stay%s until the new "
		        "ones are in place; '%s' removes them at once",
		        run->n_left, run->n_left == 1 ? "" : "s", run->n_left == 1 ? "s" : "",
		        sink_force_command(section));
}

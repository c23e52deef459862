/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-removal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/kubernetes/kube-jobs.h"
#include "publish/kubernetes/kube-secret.h"
#include "publish/kubernetes/kube-target.h"

#define ATTEMPTS 3

/* Reports whether the cluster still has it, as far as we can see. */
static bool may_exist(const struct kube_run *run, const struct published_target *t)
{
	_cleanup_(freep) char *namespace = kube_target_namespace(t);
	const char *name = kube_target_object(t);
	const struct kube_object *o = kube_objects_find(&run->secrets, namespace, name);

	/* The list has only Secrets of the current name. */
	if (!run->knows_secrets || strcmp(name, run->config->secret) != 0)
		return true;
	return o && (!t->uid || strcmp(o->uid, t->uid) == 0);
}

/* Reports whether the record has it as one of our Secrets, which this run did not send. */
static bool is_obsolete(const struct kube_run *run, const struct published_target *t)
{
	return strcmp(t->kind, KUBE_SECRET) == 0 && kube_target_object(t) &&
	       !published_find_target(run->sink_run->fresh, KUBE_SECRET, t->name) &&
	       may_exist(run, t);
}

/* Reports whether a Secret that was never in the cluster could not be sent. */
static bool lacks_new_secret(const struct published_section *fresh)
{
	for (size_t i = 0; i < fresh->n_targets; i++)
		if (strcmp(fresh->targets[i].kind, KUBE_SECRET) == 0 &&
		        fresh->targets[i].failure.code[0] && fresh->targets[i].hash == 0)
			return true;
	return false;
}

/* Counts Secrets that were sent before, except those that are deleted with their namespace. */
static void count_secrets(struct kube_run *run)
{
	const struct published_section *old = run->sink_run->old;

	for (size_t i = 0; i < old->n_targets; i++) {
		const struct published_target *t = &old->targets[i];
		_cleanup_(freep) char *namespace = kube_target_namespace(t);
		bool is_wanted = kube_run_wants(run, namespace);
		bool is_unwanted = !is_wanted && is_obsolete(run, t) &&
		                   !kube_objects_have(&run->terminating, namespace);

		if (strcmp(t->kind, KUBE_SECRET) != 0 || t->hash == 0)
			continue;
		run->n_secrets += is_wanted || is_unwanted;
		run->n_unwanted += is_unwanted;
	}
}

void kube_removal_decide(struct kube_run *run)
{
	struct sink_run *sink_run = run->sink_run;

	count_secrets(run);
	run->is_mass_removal = sink_is_mass_removal(sink_run, run->n_unwanted, run->n_secrets);
	run->keeps_unwanted = run->n_unwanted > 0 && !sink_run->force &&
	                      (run->is_mass_removal || lacks_new_secret(sink_run->fresh));
	if (run->keeps_unwanted && !run->is_mass_removal)
		sink_warn(sink_run,
		        "%zu Secret%s of namespaces that are no longer wanted stay%s until the new "
		        "ones are in place; '%s' removes them at once",
		        run->n_unwanted, run->n_unwanted == 1 ? "" : "s",
		        run->n_unwanted == 1 ? "s" : "", sink_force_command(sink_run));
}

/* If its namespace still gets a Secret, the new one and its service accounts come first. */
static bool may_remove(const struct kube_run *run, const char *namespace)
{
	if (!kube_run_wants(run, namespace))
		return !run->keeps_unwanted;
	return !kube_run_has_failure(run, namespace) && !sink_would_drop_valid_token(run->sink_run);
}

static const char *selecting_keys(const struct config_kubernetes *config)
{
	if (!config->namespace_selector)
		return "'namespaces'";
	return config->n_namespaces > 0 ? "'namespaces' and 'namespace_selector'"
	                                : "'namespace_selector'";
}

static void add_removal(struct kube_jobs *jobs, const struct published_target *old)
{
	struct kube_run *run = jobs->run;
	_cleanup_(freep) char *namespace = kube_target_namespace(old);
	bool is_refused = run->is_mass_removal && !kube_run_wants(run, namespace);
	struct published_target *t;

	if (!old->uid && !is_refused)
		return; /* we did not create it */
	t = sink_add_target(run->sink_run, KUBE_SECRET, old->name);
	/* A failure of an earlier run must not keep it, nor others in its namespace. */
	t->failure = (struct reason){};
	if (is_refused)
		sink_refuse_removal(run->sink_run, t, selecting_keys(run->config), run->n_unwanted,
		        run->n_secrets);
	if (may_remove(run, namespace))
		kube_jobs_add(jobs);
}

static void remove_secret(struct kube_run *run, struct kube_job *job, struct published_target *t)
{
	_cleanup_(freep) char *namespace = kube_target_namespace(t);
	struct reason reason = {};
	int r = -EEXIST;

	for (unsigned n = 0; r == -EEXIST && n < ATTEMPTS; n++)
		r = kube_secret_remove(run, namespace, kube_target_object(t), t, &reason);
	job->is_gone = r == 0;
	t->failure = r < 0 ? reason : (struct reason){};
}

void kube_removal_run(struct kube_run *run)
{
	_cleanup_(kube_jobs_done) struct kube_jobs jobs = {.run = run};
	const struct published_section *old = run->sink_run->old;

	for (size_t i = 0; i < old->n_targets; i++)
		if (is_obsolete(run, &old->targets[i]))
			add_removal(&jobs, &old->targets[i]);
	kube_jobs_run(&jobs, remove_secret);
}

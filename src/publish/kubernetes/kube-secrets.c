/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Secrets of all namespaces. A list of all that have our name shows which are missing or were
 * changed; without the right to list, our own record has to do.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "publish/kubernetes/kube-run.h"
#include "publish/kubernetes/kube-secret.h"
#include "publish/kubernetes/kube-spec.h"

#define ATTEMPTS 3

/* What is to be done in one namespace. */
struct job {
	const char *namespace; /* owned by whoever made the job */
	size_t target;         /* its index in the fresh section */
	uint64_t hash;
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

static struct published_target *target_of(const struct jobs *jobs, size_t i)
{
	return &jobs->run->section->fresh->targets[jobs->items[i].target];
}

static void replace(char **string, const char *value)
{
	free(*string);
	*string = value ? xstrdup(value) : NULL;
}

/* o: what the cluster has now; is_new: and did not have before, so it is ours to delete. */
static void keep_result(const struct kube_run *run, const struct job *job,
        struct published_target *t, const struct kube_object *o, bool is_new)
{
	if (is_new)
		replace(&t->uid, o->uid);
	else if (t->uid && (!o->uid || strcmp(t->uid, o->uid) != 0))
		replace(&t->uid, NULL);
	replace(&t->version, o->version);
	t->hash = job->hash;
	t->published_at = run->section->now;
	t->failure = (struct reason){};
}

static void send(void *userdata, size_t i)
{
	const struct jobs *jobs = userdata;
	const struct job *job = &jobs->items[i];
	struct published_target *t = target_of(jobs, i);
	int r = -EEXIST;

	for (unsigned n = 0; r == -EEXIST && n < ATTEMPTS; n++) {
		_cleanup_(kube_object_done) struct kube_object now = {};

		r = kube_secret_send(jobs->run, t, job->namespace, n == 0, &now, &t->failure);
		if (r >= 0)
			keep_result(jobs->run, job, t, &now, r > 0);
	}
}

static bool is_due(
        const struct kube_run *run, const struct job *job, const struct published_target *t)
{
	const struct kube_object *o =
	        kube_objects_find(&run->secrets, job->namespace, run->config->secret);

	if (run->section->force || t->hash != job->hash || t->failure.code[0])
		return true;
	if (!run->knows_secrets)
		return !run->section->is_unchanged; /* it may be another cluster */
	return !o || !t->version || strcmp(o->version, t->version) != 0;
}

/* A namespace that was deleted and made anew is another one; so is one of another cluster. */
static uint64_t hash_in(
        const struct kube_run *run, uint64_t spec, const struct kube_object *namespace)
{
	uint64_t hash = sink_hash_string(spec, run->client.access.server);

	return sink_hash_string(hash, namespace->uid);
}

void kube_secrets_update(struct kube_run *run)
{
	_cleanup_(jobs_done) struct jobs jobs = {.run = run};
	uint64_t spec = kube_spec_hash(run->config, run->section);

	for (size_t i = 0; i < run->namespaces.count; i++) {
		const struct kube_object *namespace = &run->namespaces.items[i];
		struct job job = {
		        .namespace = namespace->name, .hash = hash_in(run, spec, namespace)};
		_cleanup_(freep) char *name =
		        kube_target_name(namespace->name, run->config->secret);
		struct published_target *t = sink_target(run->section, KUBE_SECRET, name);

		job.target = run->section->fresh->n_targets - 1;
		if (is_due(run, &job, t))
			*(struct job *)array_append(&jobs.items, &jobs.count, sizeof(job)) = job;
	}
	parallel_run_at_most(KUBE_IN_FLIGHT, jobs.count, send, &jobs);
}

bool kube_secrets_are_in(const struct kube_run *run, const char *namespace)
{
	_cleanup_(freep) char *name = kube_target_name(namespace, run->config->secret);
	const struct published_target *t =
	        published_find_target(run->section->fresh, KUBE_SECRET, name);

	return t && !t->failure.code[0];
}

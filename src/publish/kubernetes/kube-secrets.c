/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-secrets.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/kubernetes/kube-jobs.h"
#include "publish/kubernetes/kube-secret.h"
#include "publish/kubernetes/kube-spec.h"
#include "publish/kubernetes/kube-target.h"

#define ATTEMPTS 3

static void replace(char **string, const char *value)
{
	free(*string);
	*string = value ? xstrdup(value) : NULL;
}

/* o: the object as it is in the cluster now; is_new: it did not exist before, so it is ours to
 * delete. */
static void keep_result(const struct kube_run *run, const struct kube_job *job,
        struct published_target *t, const struct kube_object *o, bool is_new)
{
	if (is_new)
		replace(&t->uid, o->uid);
	else if (t->uid && (!o->uid || strcmp(t->uid, o->uid) != 0))
		replace(&t->uid, NULL);
	replace(&t->version, o->version);
	t->hash = job->hash;
	t->published_at = run->sink_run->now;
	t->failure = (struct reason){};
}

static void send(struct kube_run *run, struct kube_job *job, struct published_target *t)
{
	_cleanup_(freep) char *namespace = kube_target_namespace(t);
	int r = -EEXIST;

	for (unsigned n = 0; r == -EEXIST && n < ATTEMPTS; n++) {
		_cleanup_(kube_object_done) struct kube_object now = {};

		r = kube_secret_send(run, t, namespace, n == 0, &now, &t->failure);
		if (r >= 0)
			keep_result(run, job, t, &now, r > 0);
	}
}

static bool is_due(const struct kube_run *run, const char *namespace, uint64_t hash,
        const struct published_target *t)
{
	const struct kube_object *o =
	        kube_objects_find(&run->secrets, namespace, run->config->secret);

	if (run->sink_run->force || t->hash != hash || t->failure.code[0])
		return true;
	if (!run->knows_secrets)
		return !run->sink_run->is_unchanged; /* it may be another cluster */
	return !o || !t->version || strcmp(o->version, t->version) != 0;
}

void kube_secrets_update(struct kube_run *run)
{
	_cleanup_(kube_jobs_done) struct kube_jobs jobs = {.run = run};
	uint64_t spec = kube_spec_hash(run->config, run->sink_run);

	spec = sink_hash_string(spec, run->client.access.server);
	for (size_t i = 0; i < run->namespaces.count; i++) {
		const struct kube_object *namespace = &run->namespaces.items[i];
		/* A namespace that was deleted and created again, or of another cluster, is new. */
		uint64_t hash = sink_hash_string(spec, namespace->uid);
		_cleanup_(freep) char *name =
		        kube_target_name(namespace->name, run->config->secret);
		struct published_target *t = sink_add_target(run->sink_run, KUBE_SECRET, name);

		if (is_due(run, namespace->name, hash, t))
			kube_jobs_add(&jobs)->hash = hash;
	}
	kube_jobs_run(&jobs, send);
}

bool kube_secrets_are_in_place(const struct kube_run *run, const char *namespace)
{
	_cleanup_(freep) char *name = kube_target_name(namespace, run->config->secret);
	const struct published_target *t =
	        published_find_target(run->sink_run->fresh, KUBE_SECRET, name);

	return t && !t->failure.code[0];
}

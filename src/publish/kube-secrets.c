/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Secrets themselves. A list of all that bear our name says where one is missing or was
 * changed; where we may not list, our own record has to do.
 */
#include <errno.h>
#include <string.h>

#include "../common/alloc.h"
#include "../common/parallel.h"
#include "kube-run.h"
#include "kube-spec.h"

#define ATTEMPTS 3
#define METADATA_ONLY                                                                              \
	"application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"

/* What is to be done in one namespace. */
struct job {
	const char *namespace; /* owned by whoever made the job */
	size_t target;         /* its index in the fresh section */
	uint64_t hash;
	bool is_foreign; /* what is there now is somebody else's */
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

static char *secret_path(const struct kube_run *run, const char *namespace, const char *query)
{
	return xasprintf(
	        "/api/v1/namespaces/%s/secrets/%s%s", namespace, run->config->secret, query);
}

static void replace(char **string, const char *value)
{
	free(*string);
	*string = value ? xstrdup(value) : NULL;
}

static void keep_result(const struct kube_run *run, const struct job *job,
        struct published_target *t, const struct kube_reply *reply)
{
	_cleanup_(kube_object_done) struct kube_object o = {};
	int r = kube_object_read(reply->body, &o);

	/* 201: it was not there before, so it is ours to delete. */
	if (r == 0 && reply->status == 201)
		replace(&t->uid, o.uid);
	else if (r < 0 || (t->uid && strcmp(t->uid, o.uid) != 0))
		replace(&t->uid, NULL);
	replace(&t->version, r == 0 ? o.version : NULL);
	t->hash = job->hash;
	t->published_at = run->section->now;
	t->failure = (struct reason){};
}

static void apply(void *userdata, size_t i)
{
	const struct jobs *jobs = userdata;
	const struct job *job = &jobs->items[i];
	struct kube_run *run = jobs->run;
	struct published_target *t = target_of(jobs, i);
	_cleanup_(freep) char *path =
	        secret_path(run, job->namespace, "?fieldManager=" KUBE_MANAGER "&force=true");
	_kube_reply_ struct kube_reply reply = {};
	_secret_ struct secret body = {};
	const struct kube_request request = {.method = "PATCH",
	        .path = path,
	        .content_type = "application/apply-patch+yaml",
	        .accept = METADATA_ONLY,
	        .body = &body,
	        .verb = "patch",
	        .resource = "secrets",
	        .namespace = job->namespace,
	        .name = run->config->secret};
	int r = -EEXIST;

	kube_spec_secret(run->config, run->section, job->namespace, &body);
	for (unsigned n = 0; r == -EEXIST && n < ATTEMPTS; n++)
		r = kube_call(&run->client, &request, &reply, &t->failure);
	if (r == 0)
		keep_result(run, job, t, &reply);
}

static bool is_due(
        const struct kube_run *run, const struct job *job, const struct published_target *t)
{
	const struct kube_object *o = kube_find(&run->secrets, job->namespace, run->config->secret);

	if (run->section->force || t->hash != job->hash || t->failure.code[0])
		return true;
	if (!run->knows_secrets)
		return !run->section->is_unchanged; /* it may be another cluster */
	return !o || !t->version || strcmp(o->version, t->version) != 0;
}

/* Whether there is one that neither we nor another ecr-refresher put there. */
static bool is_foreign(const struct kube_run *run, const struct job *job)
{
	const struct kube_object *o = kube_find(&run->secrets, job->namespace, run->config->secret);

	return o && !o->is_ours;
}

/* Its pulls may have been somebody's: that has to be said, once, and of all in one sentence. */
static void warn_of_foreign(const struct jobs *jobs)
{
	const struct published_target *first = NULL;
	char others[64] = "";
	size_t n = 0;

	for (size_t i = 0; i < jobs->count; i++) {
		const struct published_target *t = target_of(jobs, i);

		if (!jobs->items[i].is_foreign || t->failure.code[0])
			continue;
		n++;
		first = first ? first : t;
	}
	if (n > 1)
		snprintf(others, sizeof(others), " (and %zu more like it)", n - 1);
	if (first)
		publish_warn(jobs->run->section,
		        "the Secret %s was there before us, of somebody else%s, and its registries "
		        "are now those of this section; if others are missed, choose another name "
		        "with 'secret =' and make theirs anew",
		        first->name, others);
}

/* A namespace that was deleted and made anew is another one; so is one of another cluster. */
static uint64_t hash_in(
        const struct kube_run *run, uint64_t spec, const struct kube_object *namespace)
{
	uint64_t hash = publish_hash_string(spec, run->client.access.server);

	return publish_hash_string(hash, namespace->uid);
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
		struct published_target *t = publish_target(run->section, KUBE_SECRET, name);

		job.target = run->section->fresh->n_targets - 1;
		job.is_foreign = is_foreign(run, &job);
		if (is_due(run, &job, t))
			*(struct job *)array_append(&jobs.items, &jobs.count, sizeof(job)) = job;
	}
	parallel_run_at_most(KUBE_IN_FLIGHT, jobs.count, apply, &jobs);
	warn_of_foreign(&jobs);
}

/* Only the very object that we made: somebody may have put another one into its place. */
static void delete (void *userdata, size_t i)
{
	const struct jobs *jobs = userdata;
	struct published_target *t = target_of(jobs, i);
	const char *name = strchr(t->name, '/') + 1;
	_cleanup_(freep) char *path =
	        xasprintf("/api/v1/namespaces/%s/secrets/%s", jobs->items[i].namespace, name);
	_kube_reply_ struct kube_reply reply = {};
	_secret_ struct secret body = {};
	const struct kube_request request = {.method = "DELETE",
	        .path = path,
	        .content_type = "application/json",
	        .body = &body,
	        .verb = "delete",
	        .resource = "secrets",
	        .namespace = jobs->items[i].namespace,
	        .name = name};
	struct reason reason = {};
	int r;

	secret_set_string(&body, "{\"preconditions\":{");
	json_append_member(&body, "uid", t->uid);
	secret_append_string(&body, "}}");
	r = kube_call(&jobs->run->client, &request, &reply, &reason);
	t->failure = reason;
	if (r == 0 || r == -ENOENT || r == -EEXIST)
		t->hash = 0, t->failure = (struct reason){};
}

/* Whether it is still there, as far as we can see. */
static bool is_there(const struct kube_run *run, const struct published_target *t)
{
	_cleanup_(freep) char *namespace = kube_namespace_of(t);
	const struct kube_object *o = kube_find(&run->secrets, namespace, strchr(t->name, '/') + 1);

	/* The list has those of the present name alone. */
	if (!run->knows_secrets || strcmp(strchr(t->name, '/') + 1, run->config->secret) != 0)
		return true;
	return o && strcmp(o->uid, t->uid) == 0;
}

/* Takes those that are gone out of the record: the ones without a hash among the last n. */
static void forget(struct published_section *s, size_t n)
{
	size_t kept = s->n_targets - n;

	for (size_t i = s->n_targets - n; i < s->n_targets; i++) {
		if (s->targets[i].hash == 0 && !s->targets[i].failure.code[0])
			published_target_done(&s->targets[i]);
		else
			s->targets[kept++] = s->targets[i];
	}
	s->n_targets = kept;
}

void kube_secrets_remove(struct kube_run *run)
{
	_cleanup_(jobs_done) struct jobs jobs = {.run = run};
	const struct published_section *old = run->section->old;
	struct published_section *fresh = run->section->fresh;

	for (size_t i = 0; i < old->n_targets; i++) {
		const struct published_target *t = &old->targets[i];
		struct job job = {};

		if (strcmp(t->kind, KUBE_SECRET) != 0 || !t->uid || !strchr(t->name, '/') ||
		        published_find_target(fresh, KUBE_SECRET, t->name) || !is_there(run, t))
			continue;
		publish_target(run->section, KUBE_SECRET, t->name);
		job.target = fresh->n_targets - 1;
		job.namespace = kube_namespace_of(t);
		*(struct job *)array_append(&jobs.items, &jobs.count, sizeof(job)) = job;
	}
	parallel_run_at_most(KUBE_IN_FLIGHT, jobs.count, delete, &jobs);
	for (size_t i = 0; i < jobs.count; i++)
		free((char *)jobs.items[i].namespace);
	forget(fresh, jobs.count);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imagePullSecrets of service accounts. Kubernetes takes that list as a whole, under server-side
 * apply too (it is atomic, unlike a pod's): applying our entry would take away everybody else's. So
 * it is read, changed, and written only if nobody changed it meanwhile (resourceVersion).
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "publish/kubernetes/kube-run.h"
#include "publish/kubernetes/kube-spec.h"

#define ATTEMPTS 4

/* One service account that is to be changed. */
struct job {
	char *namespace;
	const char *account;
	size_t target;                    /* its index in the fresh section */
	bool is_wanted;                   /* our Secret is to be in its list */
	char *old_secret;                 /* and this one is not, or NULL */
	const struct kube_object *listed; /* as it was a moment ago, or NULL */
	bool is_gone;
};

struct jobs {
	struct kube_run *run;
	struct job *items;
	size_t count;
};

static void jobs_done(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++) {
		free(jobs->items[i].namespace);
		free(jobs->items[i].old_secret);
	}
	free(jobs->items);
}

static bool has_secret(const struct kube_object *o, const char *secret)
{
	for (size_t i = 0; i < o->n_pull_secrets; i++)
		if (strcmp(o->pull_secrets[i], secret) == 0)
			return true;
	return false;
}

static struct kube_request request_for(const struct job *job, const char *method, const char *path)
{
	return (struct kube_request){.method = method,
	        .path = path,
	        .verb = strcmp(method, "GET") == 0 ? "get" : "patch",
	        .resource = "serviceaccounts",
	        .namespace = job->namespace,
	        .name = job->account};
}

static int get(struct kube_run *run, const struct job *job, const char *path,
        struct kube_object *ret, struct reason *ret_reason)
{
	const struct kube_request request = request_for(job, "GET", path);
	_kube_reply_ struct kube_reply reply = {};
	int r = kube_call(&run->client, &request, &reply, ret_reason);

	if (r < 0)
		return r;
	if (kube_object_read(reply.body, ret) < 0)
		return reason_set(ret_reason, EPROTO, "broken-reply",
		        "%s/%s: the service account is not as Kubernetes has it", job->namespace,
		        job->account);
	return 0;
}

/* What the list is to be. Returns whether that is something else than it is. */
static bool change_list(const struct kube_run *run, const struct job *job,
        const struct kube_object *o, char **names, size_t *ret_n)
{
	const char *ours = run->config->secret;
	size_t n = 0;

	for (size_t i = 0; i < o->n_pull_secrets; i++)
		if (!job->old_secret || strcmp(o->pull_secrets[i], job->old_secret) != 0)
			names[n++] = o->pull_secrets[i];
	if (job->is_wanted && !has_secret(o, ours))
		names[n++] = (char *)ours;
	*ret_n = n;
	return n != o->n_pull_secrets || (job->is_wanted && !has_secret(o, ours));
}

/* Returns 1 where there was something to change, 0 where not. */
static int patch(struct kube_run *run, const struct job *job, const char *path,
        const struct kube_object *o, struct reason *ret_reason)
{
	_cleanup_(freep) char **names = xcalloc(o->n_pull_secrets + 1, sizeof(*names));
	struct kube_request request = request_for(job, "PATCH", path);
	_kube_reply_ struct kube_reply reply = {};
	_secret_ struct secret body = {};
	size_t n;
	int r;

	if (!change_list(run, job, o, names, &n))
		return 0;
	if (run->section->is_dry)
		return 1;
	kube_spec_pull_secrets(names, n, o->version, &body);
	request.content_type = "application/merge-patch+json";
	request.body = &body;
	r = kube_call(&run->client, &request, &reply, ret_reason);
	return r < 0 ? r : 1;
}

/* Of what a service account is to have, and of which cluster it is. */
static uint64_t hash_of(const struct kube_run *run)
{
	return sink_hash_string(
	        sink_hash_string(0, run->client.access.server), run->config->secret);
}

static void keep_result(const struct kube_run *run, const struct job *job,
        struct published_target *t, const struct kube_object *o, bool is_changed)
{
	t->failure = (struct reason){};
	t->hash = hash_of(run);
	if (!is_changed)
		return;
	free(t->uid);
	free(t->version);
	t->uid = xstrdup(o->uid); /* what we put in is ours to take out */
	t->version = xstrdup(run->config->secret);
	t->published_at = run->section->now;
}

/* In an account of the same name that was made since, or of another cluster, we put nothing. */
static void forget_foreign(
        struct job *job, const struct kube_object *o, const struct published_target *t)
{
	if (job->old_secret && strcmp(o->uid, t->uid) != 0)
		free(TAKE_PTR(job->old_secret));
}

static void update(void *userdata, size_t i)
{
	const struct jobs *jobs = userdata;
	struct job *job = &jobs->items[i];
	struct kube_run *run = jobs->run;
	struct published_target *t = &run->section->fresh->targets[job->target];
	_cleanup_(freep) char *path =
	        xasprintf("/api/v1/namespaces/%s/serviceaccounts/%s", job->namespace, job->account);
	struct reason reason = {};
	int r = -EEXIST;

	for (unsigned n = 0; r == -EEXIST && n < ATTEMPTS; n++) {
		_cleanup_(kube_object_done) struct kube_object fetched = {};
		bool is_listed = n == 0 && job->listed;

		const struct kube_object *o = is_listed ? job->listed : &fetched;

		r = is_listed ? 0 : get(run, job, path, &fetched, &reason);
		if (r == 0) {
			forget_foreign(job, o, t);
			r = patch(run, job, path, o, &reason);
		}
		if (r >= 0)
			keep_result(run, job, t, o, r > 0);
	}
	if (r < 0)
		t->failure = reason;
	job->is_gone = job->is_wanted ? r == -ENOENT && kube_spec_needs_list(run->config)
	                              : r >= 0 || r == -ENOENT;
}

static void add_job(struct jobs *jobs, const struct job *job, const struct published_target *t)
{
	const char *ours = jobs->run->config->secret;
	struct job *slot = array_append(&jobs->items, &jobs->count, sizeof(*slot));

	*slot = *job;
	slot->namespace = xstrdup(job->namespace);
	slot->target = jobs->run->section->fresh->n_targets - 1;
	/* What we once put in under another name. */
	if (t->uid && t->version && (!job->is_wanted || strcmp(t->version, ours) != 0))
		slot->old_secret = xstrdup(t->version);
}

/* It stays as it is. */
static void keep_account(struct kube_run *run, const char *namespace, const char *account)
{
	_cleanup_(freep) char *name = kube_target_name(namespace, account);

	if (published_find_target(run->section->old, KUBE_ACCOUNT, name))
		sink_target(run->section, KUBE_ACCOUNT, name);
}

/* A Secret of another name has a token that ours lacks for now. */
static bool needs_old_secret(const struct kube_run *run, const struct published_target *t)
{
	return t->uid && t->version && strcmp(t->version, run->config->secret) != 0 &&
	       sink_would_drop_valid_token(run->section);
}

/* Where namespaces are patterns, not all of them need to have every account. */
static void report_missing(struct kube_run *run, const char *name, struct published_target *t)
{
	reason_set(&t->failure, ENOENT, "no-service-account",
	        "%s: there is no such service account; create it, or take it out of "
	        "'service_accounts'",
	        name);
}

static void add_wanted(struct jobs *jobs, const struct kube_objects *accounts, bool knows_them,
        const char *namespace, const char *account)
{
	struct kube_run *run = jobs->run;
	_cleanup_(freep) char *name = kube_target_name(namespace, account);
	struct job job = {.namespace = (char *)namespace, .account = account, .is_wanted = true};
	struct published_target *t;
	bool is_good;

	job.listed = kube_objects_find(accounts, namespace, account);
	if (knows_them && !job.listed && kube_spec_needs_list(run->config))
		return;
	t = sink_target(run->section, KUBE_ACCOUNT, name);
	if (knows_them && !job.listed) {
		report_missing(run, name, t);
		return;
	}
	if (needs_old_secret(run, t))
		return;
	is_good = t->hash == hash_of(run) && !t->failure.code[0];
	is_good &= knows_them ? has_secret(job.listed, run->config->secret)
	                      : run->section->is_unchanged;
	if (!is_good || run->section->force)
		add_job(jobs, &job, t);
}

static void forget(const struct jobs *jobs)
{
	struct sink_run *section = jobs->run->section;
	_cleanup_(freep) bool *is_gone = xcalloc(section->fresh->n_targets + 1, sizeof(*is_gone));

	for (size_t i = 0; i < jobs->count; i++)
		is_gone[jobs->items[i].target] = jobs->items[i].is_gone;
	sink_forget(section, is_gone);
}

static void run_jobs(struct jobs *jobs)
{
	parallel_run_at_most(KUBE_IN_FLIGHT, jobs->count, update, jobs);
	forget(jobs);
}

/* A cluster that is too busy to list them, gone, or closed to us is not asked for each of them. */
static bool is_of_the_cluster(int error, const struct reason *reason)
{
	return error == -EBUSY || error == -EIO || error == -EACCES || error == -ETIMEDOUT ||
	       error == -ETIME || error == -ENETUNREACH || error == -EKEYREJECTED ||
	       (error == -EPROTO && strcmp(reason->code, "broken-off") == 0);
}

static int update_account(struct kube_run *run, const char *account, struct reason *ret_reason)
{
	const struct kube_query query = {
	        .resource = "serviceaccounts", .name = account, .is_whole = true};
	_cleanup_(kube_objects_done) struct kube_objects accounts = {};
	_cleanup_(jobs_done) struct jobs jobs = {.run = run};
	struct reason reason = {};
	int r = kube_list(&run->client, &query, &accounts, &reason);

	if (is_of_the_cluster(r, &reason)) {
		*ret_reason = reason;
		return r;
	}
	for (size_t i = 0; i < run->namespaces.count; i++) {
		const char *namespace = run->namespaces.items[i].name;

		if (kube_secrets_are_in(run, namespace))
			add_wanted(&jobs, &accounts, r == 0, namespace, account);
		else
			keep_account(run, namespace, account);
	}
	run_jobs(&jobs);
	return 0;
}

static bool has_account(const struct kube_run *run, const char *namespace)
{
	const struct published_section *fresh = run->section->fresh;
	size_t size = strlen(namespace);

	for (size_t i = 0; i < fresh->n_targets; i++)
		if (strcmp(fresh->targets[i].kind, KUBE_ACCOUNT) == 0 && fresh->targets[i].hash &&
		        strncmp(fresh->targets[i].name, namespace, size) == 0 &&
		        fresh->targets[i].name[size] == '/')
			return true;
	return false;
}

/*
 * Whether our Secret may leave the list of an account that is no longer wanted: if others are named
 * instead, after one of them has it.
 */
static bool may_go(const struct kube_run *run, const char *namespace)
{
	if (!kube_is_wanted(run, namespace))
		return !run->keeps_left;
	if (kube_has_failure(run, namespace))
		return false;
	return run->config->n_service_accounts == 0 || run->section->force ||
	       has_account(run, namespace);
}

static void warn_of_kept(struct kube_run *run, const char *name, size_t count)
{
	if (count > 0)
		sink_warn(run->section,
		        "%zu service account%s (%s%s) keep%s our Secret although "
		        "'service_accounts' no longer names %s, because no account that it names "
		        "is in the same namespace; correct it, or have it removed by '%s'",
		        count, count == 1 ? "" : "s", name, count == 1 ? "" : ", …",
		        count == 1 ? "s" : "", count == 1 ? "it" : "them",
		        sink_force_command(run->section));
}

/* Those that lost their namespace or their name in the ini, and had our Secret put in by us. */
static void add_unwanted(struct jobs *jobs)
{
	const char *first_kept = NULL;
	size_t n_kept = 0;
	struct sink_run *section = jobs->run->section;

	for (size_t i = 0; i < section->old->n_targets; i++) {
		const struct published_target *t = &section->old->targets[i];
		_cleanup_(freep) char *namespace = kube_namespace_of(t);
		struct published_target *kept;
		struct job job = {.namespace = namespace};
		bool goes;

		if (strcmp(t->kind, KUBE_ACCOUNT) != 0 || !t->uid || !t->version ||
		        !strchr(t->name, '/') ||
		        published_find_target(section->fresh, KUBE_ACCOUNT, t->name))
			continue;
		goes = may_go(jobs->run, namespace);
		kept = sink_target(section, KUBE_ACCOUNT, t->name);
		/* A failure of an earlier run must not keep it, nor another. */
		kept->failure = (struct reason){};
		if (!goes) {
			if (kube_is_wanted(jobs->run, namespace) &&
			        !kube_has_failure(jobs->run, namespace) && n_kept++ == 0)
				first_kept = t->name;
			continue;
		}
		job.account = strchr(t->name, '/') + 1;
		add_job(jobs, &job, kept);
	}
	warn_of_kept(jobs->run, first_kept, n_kept);
}

int kube_service_accounts_update(struct kube_run *run, struct reason *ret_reason)
{
	_cleanup_(jobs_done) struct jobs unwanted = {.run = run};

	for (size_t i = 0; i < run->config->n_service_accounts; i++) {
		int r = update_account(run, run->config->service_accounts[i], ret_reason);

		if (r < 0)
			return r;
	}
	add_unwanted(&unwanted);
	run_jobs(&unwanted);
	return 0;
}

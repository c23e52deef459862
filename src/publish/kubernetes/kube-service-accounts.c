/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-service-accounts.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/kubernetes/kube-jobs.h"
#include "publish/kubernetes/kube-query.h"
#include "publish/kubernetes/kube-secrets.h"
#include "publish/kubernetes/kube-service-account.h"
#include "publish/kubernetes/kube-spec.h"
#include "publish/kubernetes/kube-target.h"

static struct kube_job *add_job(
        struct kube_jobs *jobs, bool is_wanted, const struct published_target *t)
{
	struct kube_job *job = kube_jobs_add(jobs);

	job->is_wanted = is_wanted;
	/* What we once added under another name. */
	if (t->uid && t->version &&
	        (!is_wanted || strcmp(t->version, jobs->run->config->secret) != 0))
		job->old_secret = xstrdup(t->version);
	return job;
}

/* Keeps its target as it is. */
static void keep_account(struct kube_run *run, const char *namespace, const char *account)
{
	_cleanup_(freep) char *name = kube_target_name(namespace, account);

	if (published_find_target(run->sink_run->old, KUBE_ACCOUNT, name))
		sink_add_target(run->sink_run, KUBE_ACCOUNT, name);
}

/* Reports whether a Secret of another name has a token that ours lacks for now. */
static bool needs_old_secret(const struct kube_run *run, const struct published_target *t)
{
	return t->uid && t->version && strcmp(t->version, run->config->secret) != 0 &&
	       sink_would_drop_valid_token(run->sink_run);
}

/* accounts: those of this name in the cluster, if is_listed. */
static void add_wanted(struct kube_jobs *jobs, const struct kube_objects *accounts, bool is_listed,
        const char *namespace, const char *account)
{
	struct kube_run *run = jobs->run;
	_cleanup_(freep) char *name = kube_target_name(namespace, account);
	const struct kube_object *listed = kube_objects_find(accounts, namespace, account);
	struct published_target *t;
	bool is_good;

	/* If namespaces are patterns, not each of them needs to have each account. */
	if (is_listed && !listed && kube_spec_needs_list(run->config))
		return;
	t = sink_add_target(run->sink_run, KUBE_ACCOUNT, name);
	if (is_listed && !listed) {
		reason_set(&t->failure, ENOENT, "no-service-account",
		        "%s: no such service account; create it, or remove it from "
		        "'service_accounts'",
		        name);
		return;
	}
	if (needs_old_secret(run, t))
		return;
	is_good = t->hash == kube_service_account_hash(run) && !t->failure.code[0];
	is_good &= is_listed ? kube_service_account_has(listed, run->config->secret)
	                     : run->sink_run->is_unchanged;
	if (!is_good || run->sink_run->force)
		add_job(jobs, true, t)->listed = listed;
}

/* Reports whether requests for each account would fail as that for the list did. */
static bool is_cluster_failure(int error, const struct reason *reason)
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
	_cleanup_(kube_jobs_done) struct kube_jobs jobs = {.run = run};
	struct reason reason = {};
	int r = kube_list(&run->client, &query, &accounts, &reason);

	if (is_cluster_failure(r, &reason)) {
		*ret_reason = reason;
		return r;
	}
	for (size_t i = 0; i < run->namespaces.count; i++) {
		const char *namespace = run->namespaces.items[i].name;

		if (kube_secrets_are_in_place(run, namespace))
			add_wanted(&jobs, &accounts, r == 0, namespace, account);
		else
			keep_account(run, namespace, account);
	}
	kube_jobs_run(&jobs, kube_service_account_update);
	return 0;
}

/* Reports whether any account of a namespace has our Secret. */
static bool has_account(const struct kube_run *run, const char *namespace)
{
	const struct published_section *fresh = run->sink_run->fresh;

	for (size_t i = 0; i < fresh->n_targets; i++)
		if (strcmp(fresh->targets[i].kind, KUBE_ACCOUNT) == 0 && fresh->targets[i].hash &&
		        kube_target_is_in(&fresh->targets[i], namespace))
			return true;
	return false;
}

/*
 * Reports whether our Secret may be removed from an account that is no longer wanted: if other
 * accounts are named instead, only after one of them has it.
 */
static bool may_remove(const struct kube_run *run, const char *namespace)
{
	if (!kube_run_wants(run, namespace))
		return !run->keeps_unwanted;
	if (kube_run_has_failure(run, namespace))
		return false;
	return run->config->n_service_accounts == 0 || run->sink_run->force ||
	       has_account(run, namespace);
}

static void warn_of_kept(struct kube_run *run, const char *name, size_t count)
{
	if (count > 0)
		sink_warn(run->sink_run,
		        "%zu service account%s (%s%s) keep%s our Secret although "
		        "'service_accounts' no longer names %s, because no account that it names "
		        "is in the same namespace; correct it, or remove the Secret with '%s'",
		        count, count == 1 ? "" : "s", name, count == 1 ? "" : ", …",
		        count == 1 ? "s" : "", count == 1 ? "it" : "them",
		        sink_force_command(run->sink_run));
}

/* Reports whether the record has it as an account that has our Secret and is no longer wanted. */
static bool is_unwanted(const struct sink_run *sink_run, const struct published_target *t)
{
	return strcmp(t->kind, KUBE_ACCOUNT) == 0 && t->uid && t->version &&
	       kube_target_object(t) &&
	       !published_find_target(sink_run->fresh, KUBE_ACCOUNT, t->name);
}

static void add_unwanted(struct kube_jobs *jobs)
{
	struct kube_run *run = jobs->run;
	const struct published_section *old = run->sink_run->old;
	const char *first_kept = NULL;
	size_t n_kept = 0;

	for (size_t i = 0; i < old->n_targets; i++) {
		_cleanup_(freep) char *namespace = kube_target_namespace(&old->targets[i]);
		struct published_target *t;
		bool may_go;

		if (!is_unwanted(run->sink_run, &old->targets[i]))
			continue;
		may_go = may_remove(run, namespace);
		t = sink_add_target(run->sink_run, KUBE_ACCOUNT, old->targets[i].name);
		/* A failure of an earlier run must not keep it, nor another. */
		t->failure = (struct reason){};
		if (may_go)
			add_job(jobs, false, t);
		else if (kube_run_wants(run, namespace) && !kube_run_has_failure(run, namespace) &&
		         n_kept++ == 0)
			first_kept = old->targets[i].name;
	}
	warn_of_kept(run, first_kept, n_kept);
}

int kube_service_accounts_update(struct kube_run *run, struct reason *ret_reason)
{
	_cleanup_(kube_jobs_done) struct kube_jobs unwanted = {.run = run};

	for (size_t i = 0; i < run->config->n_service_accounts; i++) {
		int r = update_account(run, run->config->service_accounts[i], ret_reason);

		if (r < 0)
			return r;
	}
	add_unwanted(&unwanted);
	kube_jobs_run(&unwanted, kube_service_account_update);
	return 0;
}

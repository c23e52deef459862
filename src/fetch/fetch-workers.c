/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each worker takes a job whose identity is resolved, or else an identity to resolve, so that a
 * slow identity delays only its own tokens.
 */
#include "fetch/fetch-workers.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "fetch/auto-region.h"
#include "fetch/providers/provider-chain.h"

/* The region comes first: STS is also called there. */
static void resolve(struct fetch_run *run, size_t i)
{
	struct fetch_resolution *r = &run->resolutions[i];

	r->error =
	        identity_open(&run->config.identities[i], run->deadline, &r->identity, &r->reason);
	if (r->error < 0)
		return;
	if (plan_needs_own_region(&run->plan, i))
		r->region_error = auto_region_find(&r->identity, r->region, &r->region_reason);
	r->identity.fallback_region = *r->region ? r->region : plan_region(&run->plan, i);
	r->error = provider_chain_resolve(&r->identity, &r->credentials, &r->reason, NULL);
}

static int set_region(
        struct fetch_job *job, const struct fetch_resolution *r, struct ecr_call *call)
{
	const struct token_request *request = job->request;

	call->service = request->key.service;
	call->fips = request->fips;
	call->dualstack = request->dualstack;
	call->partition = request->key.partition;
	call->region = request->key.region;
	if (*call->region)
		return 0;
	job->reason = r->region_reason;
	call->partition = partition_of_region(r->region);
	call->region = r->region;
	return r->region_error;
}

static void fetch_token(struct fetch_run *run, struct fetch_job *job)
{
	const struct fetch_resolution *r = &run->resolutions[job->request->identity];
	struct ecr_call call = {.identity = &r->identity,
	        .credentials = &r->credentials,
	        .deadline = run->deadline};

	job->error = r->error;
	job->reason = r->reason;
	if (job->error == 0)
		job->error = set_region(job, r, &call);
	if (job->error == 0)
		job->error =
		        ecr_get_authorization_token(&call, &job->fresh, &job->skew, &job->reason);
	if (job->error == 0 && job->request->is_auto && !job->fresh.proxy_host[0]) {
		ecr_token_done(&job->fresh);
		job->error = reason_set(&job->reason, EBADMSG, "bad-reply",
		        "ECR did not return this account's registry; name the registry's host "
		        "instead of auto");
	}
}

/* Returns a job whose identity is resolved, or NULL. */
static struct fetch_job *find_ready_job(struct fetch_run *run)
{
	for (size_t i = 0; i < run->n_jobs; i++) {
		struct fetch_job *job = &run->jobs[i];

		if (!job->is_taken && run->resolutions[job->request->identity].progress == RESOLVED)
			return job;
	}
	return NULL;
}

/* Returns the first identity with this progress, or n_identities if none has it. */
static size_t find_identity(const struct fetch_run *run, enum progress progress)
{
	size_t i = 0;

	while (i < run->config.n_identities && run->resolutions[i].progress != progress)
		i++;
	return i;
}

static void resolve_unlocked(struct fetch_run *run, size_t i)
{
	run->resolutions[i].progress = RESOLVING;
	pthread_mutex_unlock(&run->lock);
	resolve(run, i);
	pthread_mutex_lock(&run->lock);
	run->resolutions[i].progress = RESOLVED;
	pthread_cond_broadcast(&run->resolved);
}

static void fetch_unlocked(struct fetch_run *run, struct fetch_job *job)
{
	job->is_taken = true;
	pthread_mutex_unlock(&run->lock);
	fetch_token(run, job);
	pthread_mutex_lock(&run->lock);
}

/* Works until nothing is left. Tokens come first, and wait only for their own identity. */
static void work(void *userdata, size_t worker _unused_)
{
	struct fetch_run *run = userdata;

	pthread_mutex_lock(&run->lock);
	for (;;) {
		struct fetch_job *job = find_ready_job(run);
		size_t i = find_identity(run, TO_RESOLVE);

		if (job)
			fetch_unlocked(run, job);
		else if (i < run->config.n_identities)
			resolve_unlocked(run, i);
		else if (find_identity(run, RESOLVING) < run->config.n_identities)
			pthread_cond_wait(&run->resolved, &run->lock);
		else
			break;
	}
	pthread_mutex_unlock(&run->lock);
}

/* Each identity has at least one job, so more workers than jobs would be idle. */
void fetch_workers_run(struct fetch_run *run)
{
	pthread_mutex_init(&run->lock, NULL);
	pthread_cond_init(&run->resolved, NULL);
	parallel_run(run->n_jobs < PARALLEL_MAX ? run->n_jobs : PARALLEL_MAX, work, run);
	pthread_cond_destroy(&run->resolved);
	pthread_mutex_destroy(&run->lock);
}

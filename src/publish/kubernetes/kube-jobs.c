/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-jobs.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/parallel.h"

#define MAX_IN_FLIGHT 20

struct kube_job *kube_jobs_add(struct kube_jobs *jobs)
{
	struct kube_job *job = array_append(&jobs->items, &jobs->count, sizeof(*job));

	job->target = jobs->run->sink_run->fresh->n_targets - 1;
	return job;
}

struct work {
	struct kube_jobs *jobs;
	kube_work *function;
};

static void run_job(void *userdata, size_t i)
{
	const struct work *work = userdata;
	struct kube_job *job = &work->jobs->items[i];
	struct published_section *fresh = work->jobs->run->sink_run->fresh;

	work->function(work->jobs->run, job, &fresh->targets[job->target]);
}

void kube_jobs_run(struct kube_jobs *jobs, kube_work *work)
{
	struct sink_run *sink_run = jobs->run->sink_run;
	_cleanup_(freep) bool *is_gone = xcalloc(sink_run->fresh->n_targets + 1, sizeof(*is_gone));

	parallel_run_at_most(MAX_IN_FLIGHT, jobs->count, run_job, &(struct work){jobs, work});
	for (size_t i = 0; i < jobs->count; i++)
		is_gone[jobs->items[i].target] = jobs->items[i].is_gone;
	sink_drop_targets(sink_run, is_gone);
}

void kube_jobs_done(struct kube_jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		free(jobs->items[i].old_secret);
	free(jobs->items);
}

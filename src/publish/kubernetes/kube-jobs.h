/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Changes to objects of a cluster, made several at a time, and their results in the record. */

#include "publish/kubernetes/kube-run.h"

struct kube_job {
	size_t target;    /* index of the object's target in the fresh section */
	bool is_gone;     /* set by the work: the object no longer exists, or is no longer ours */
	uint64_t hash;    /* of the Secret that is sent */
	bool is_wanted;   /* a service account should have our Secret in its list */
	char *old_secret; /* and not this one, or NULL */
	const struct kube_object *listed; /* the account as it was a moment ago, or NULL */
};

struct kube_jobs {
	struct kube_run *run;
	struct kube_job *items;
	size_t count;
};

/* Changes one object, in a thread of its own. */
typedef void kube_work(struct kube_run *run, struct kube_job *job, struct published_target *target);

/* Adds a job for the target that was added to the fresh section last. */
struct kube_job *kube_jobs_add(struct kube_jobs *jobs);

/* Calls work for each job; then drops the targets of those that are gone. */
void kube_jobs_run(struct kube_jobs *jobs, kube_work *work);

void kube_jobs_done(struct kube_jobs *jobs);

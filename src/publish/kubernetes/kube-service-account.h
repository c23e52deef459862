/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * imagePullSecrets of one service account. Kubernetes replaces that list as a whole, also under
 * server-side apply (it is atomic, unlike a pod's): applying our entry would remove all others. So
 * it is read, changed, and written only if it is still at the resourceVersion that was read.
 */

#include "publish/kubernetes/kube-jobs.h"

/* Hashes what a service account should have, and in which cluster. */
uint64_t kube_service_account_hash(const struct kube_run *run);

/* Reports whether a service account's list has this Secret. */
bool kube_service_account_has(const struct kube_object *account, const char *secret);

/* Adds our Secret to the list or removes it, as the job says: kube_work. */
void kube_service_account_update(
        struct kube_run *run, struct kube_job *job, struct published_target *t);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * imagePullSecrets of service accounts. Kubernetes replaces that list as a whole, also under
 * server-side apply (it is atomic, unlike a pod's): applying our entry would remove all others. So
 * it is read, changed, and written only if it is still at the resourceVersion that was read.
 */

#include "publish/kubernetes/kube-run.h"

/*
 * Adds our Secret to the wanted service accounts and removes it from the others. If they cannot be
 * listed, each is requested by its name. Returns a negative errno with a reason only if no other
 * request would succeed either; accounts that were not reached then have no target.
 */
int kube_service_accounts_update(struct kube_run *run, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Finds a section's cluster: in kubeconfig files, or in the pod we run in. */

#include "config/config.h"
#include "publish/kubernetes/kube-access.h"

/*
 * Reads all that is needed, and runs the exec plugin of the kubeconfig, until deadline
 * (monotonic_now()). Returns 0 or a negative errno with a reason.
 */
int kube_access_find(const struct config_kubernetes *config, uint64_t deadline,
        struct kube_access *ret, struct reason *ret_reason);

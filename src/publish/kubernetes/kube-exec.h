/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs the exec plugin that a kubeconfig names for a user. Who writes the kubeconfig chooses the
 * command; it runs as our own user, without a terminal, and is killed if it takes too long.
 */

#include <stdint.h>

#include "publish/kubernetes/kube-access.h"
#include "publish/kubernetes/kubeconfig.h"

/*
 * Adds the credentials that the plugin prints to access, whose cluster is known already. Returns 0
 * or a negative errno with a reason.
 */
int kube_exec_run(const struct kubeconfig_exec *exec, uint64_t deadline, struct kube_access *access,
        struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who a kubeconfig's user is, as the server wants to see it. */

#include <stdint.h>

#include "publish/kubernetes/kube-access.h"
#include "publish/kubernetes/kubeconfig.h"

/*
 * Adds user's credentials to access, whose cluster is there already. Returns 0 or a negative errno
 * with a reason.
 */
int kube_user_find(const struct kubeconfig_user *user, uint64_t deadline,
        struct kube_access *access, struct reason *ret_reason);

/* The bearer token in a file, as projected service account tokens are. Returns 0 or as above. */
int kube_user_read_token(const char *path, struct kube_access *access, struct reason *ret_reason);

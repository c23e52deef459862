/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The credentials of a kubeconfig's user, as requests send them. */

#include <stdint.h>

#include "publish/kubernetes/kube-access.h"
#include "publish/kubernetes/kubeconfig.h"

/*
 * Adds the user's credentials to access, whose cluster is known already. Returns 0 or a negative
 * errno with a reason.
 */
int kube_user_find(const struct kubeconfig_user *user, uint64_t deadline,
        struct kube_access *access, struct reason *ret_reason);

/* Reads the bearer token from a file: a projected service account token. Returns as above. */
int kube_user_read_token(const char *path, struct kube_access *access, struct reason *ret_reason);

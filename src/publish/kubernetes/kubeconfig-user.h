/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parses a kubeconfig's user: its credentials, exec plugin and impersonation. */

#include "publish/kubernetes/kubeconfig-reader.h"
#include "publish/kubernetes/kubeconfig.h"

/* Fills in u, which has its name already. Returns 0, or -EBADMSG with a reason. */
int kubeconfig_user_parse(
        struct kubeconfig_reader *r, yaml_node_t *node, struct kubeconfig_user *u);

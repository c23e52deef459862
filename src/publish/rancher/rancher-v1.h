/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rancher 1.x: updates the credentials of our registries in each environment. Source: the API pages
 * of its documentation.
 */

#include "publish/rancher/rancher-server.h"

/* As rancher_publish(). */
int rancher_v1_publish(struct rancher_server *server, struct sink_run *sink_run);

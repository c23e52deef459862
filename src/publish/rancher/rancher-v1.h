/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rancher 1.x: in each environment the credentials of the registries that are ours. Source: the
 * API pages of its documentation.
 */

#include "publish/rancher/rancher-server.h"

/* As a sink. */
int rancher_v1_publish(struct rancher_server *server, struct sink_run *section);

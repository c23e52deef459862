/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rancher 2.x: in each project, or namespace of one, an object of our own with the tokens of all
 * hosts. Source: dockerCredential and namespacedDockerCredential of its project API.
 */

#include "publish/rancher/rancher-server.h"

/* As a sink. */
int rancher_v2_publish(struct rancher_server *server, struct sink_run *section);

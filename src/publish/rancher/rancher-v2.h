/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Rancher 2.x: keeps an object with the tokens of all hosts in each project, or namespace of one.
 * Source: dockerCredential and namespacedDockerCredential of its project API.
 */

#include "publish/rancher/rancher-server.h"

/* As rancher_publish(). */
int rancher_v2_publish(struct rancher_server *server, struct sink_run *sink_run);

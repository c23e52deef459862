/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* docker and Watchtower. */

#include "check/probe/probe-common.h"

/*
 * Adds a fact if DOCKER_CONFIG leads docker to a file that is not configured, while the usual one
 * is. Call it first.
 */
void probe_docker_environment(struct probe *x);

/* Probes one configured file. */
void probe_docker_file(struct probe *x, const struct client_file *f);

/* Probes the value of DOCKER_AUTH_CONFIG, which may be NULL. */
void probe_docker_auth_config(struct probe *x, const char *text);

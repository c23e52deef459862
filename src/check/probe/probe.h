/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A probe of one user's files, as that user and by the rules of the clients: would docker, podman
 * and Watchtower find our entries? Nothing is changed. The user controls the files, the paths and,
 * in the user's own check, the environment.
 */

#include "check/clients/client-lookup.h"
#include "check/probe/fact.h"
#include "check/probe/probe-request.h"

/* Becomes the user if we are root, and probes. Call it in a separate process. */
void probe_user(const struct probe_request *request, struct facts *ret);

/* Probes the configured files, with a given environment. */
void probe_files(const struct probe_request *request, const struct client_environment *environment,
        const char *docker_auth_config, struct facts *ret);

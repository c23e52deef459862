/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the clients ask our helper for, whatever is configured. */

#include "check/clients/client-lookup.h"
#include "check/probe/fact.h"
#include "check/probe/probe-request.h"

/* Adds a FACT_ASKED for each registry, and what prevents a client from asking. */
void probe_helper_use(const struct probe_request *request,
        const struct client_environment *environment, const char *docker_auth_config,
        struct facts *ret);

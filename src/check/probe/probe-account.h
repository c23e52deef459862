/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What docker and podman find for an account that the ini does not serve. */

#include "check/clients/client-lookup.h"
#include "check/probe/fact.h"
#include "check/probe/probe-request.h"

/*
 * Adds for each host a FACT_FOUND, FACT_ENTRY_OLD, FACT_ENTRY_MISSING, FACT_HELPER or
 * FACT_HELPER_MISSING, and a FACT_SEEN for each file of docker's and podman's.
 */
void probe_account(const struct probe_request *request,
        const struct client_environment *environment, struct facts *ret);

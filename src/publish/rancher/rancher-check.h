/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checks a section [rancher NAME] without changing anything. */

#include "config/config.h"
#include "status/findings.h"

/*
 * Adds a finding, as struct sink_type describes. online: requests from the server all that a run
 * for these hosts would need.
 */
void rancher_check(const struct config_sink *sink, char *const *hosts, size_t n_hosts, bool online,
        uint64_t deadline, struct findings *ret);

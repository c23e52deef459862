/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checks a section [kubernetes NAME] without changing anything. */

#include "config/config.h"
#include "status/findings.h"

/* Adds a finding, as struct sink_type describes. online: asks the cluster what we may do there. */
void kube_check(const struct config_sink *sink, char *const *hosts, size_t n_hosts, bool online,
        uint64_t deadline, struct findings *ret);

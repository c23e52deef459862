/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A look at a section [rancher NAME] that changes nothing. */

#include "config/config.h"
#include "status/findings.h"

/*
 * Adds a finding. online: asks the server for all that a run for these hosts would need; the
 * section's own, with "auto" by its name.
 */
void rancher_check(const struct config_sink *sink, char *const *hosts, size_t n_hosts, bool online,
        uint64_t deadline, struct findings *ret);

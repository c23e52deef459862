/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A section's record as lines of a finding. */

#include "state/published.h"
#include "status/findings.h"

/*
 * Adds the first failures of a section, and how many more there are; command lists them all.
 * Returns how many there are, as published_failures().
 */
size_t publish_finding_add_failures(
        struct finding *f, const struct published_section *s, const char *command);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the journal is told of a run: one line for each section and what happened in it. */

#include "state/published.h"

/*
 * What differs between two runs, and what failed among the first n_tried targets of fresh: the
 * others were not asked for in this run. hosts are the section's registries, for the fields.
 */
void publish_log(const struct published_section *old, const struct published_section *fresh,
        size_t n_tried, char *const *hosts, size_t n_hosts, int64_t now);

/* A section that the ini no longer has. */
void publish_log_unconfigured(const struct published_section *old);

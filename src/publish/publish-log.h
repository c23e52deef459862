/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The journal of a run: one line for each section and each thing that happened in it. */

#include "state/published.h"

/*
 * Logs what differs between two runs, and which of the first n_tried targets of fresh failed; this
 * run did not try the others. hosts: the section's registries, for the fields.
 */
void publish_log(const struct published_section *old, const struct published_section *fresh,
        size_t n_tried, char *const *hosts, size_t n_hosts, int64_t now);

/* Logs that the ini no longer has a section, but its cluster still has our objects. */
void publish_log_unconfigured(const struct published_section *old);

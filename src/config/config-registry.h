/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* [registry HOST], and the lists of registries in other sections. */

#include "config/config-build.h"

void config_add_registry(struct config_builder *b, const struct ini_section *section);

/* Appends what `registries =` lists. Reports that the owner ("the user") has none. */
void config_read_entries(struct config_builder *b, const struct ini_section *section,
        const char *owner, struct config_entry **entries, size_t *n_entries);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The sections and keys of an ini, and the values that each key accepts. */

#include "config/ini.h"

enum config_section {
	CONFIG_REFRESH,
	CONFIG_AWS,
	CONFIG_REGISTRY,
	CONFIG_USER,
	CONFIG_KUBERNETES,
	CONFIG_RANCHER,
	CONFIG_SECTIONS
};

/* Returns the kind of a section, or CONFIG_SECTIONS if it is unknown. */
enum config_section config_section_of(const struct ini_section *section);

/*
 * Reports an unknown section, a missing or unexpected name, unknown keys, and invalid values.
 * Returns whether the section can be read further.
 */
bool config_check_section(const struct ini_section *section, struct config_error_list *errors);

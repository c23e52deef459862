/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which sections and keys an ini may have, and what each key may say on its own. For config*.c
 * only.
 */

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

/* Which section this is, or CONFIG_SECTIONS where it is unknown. */
enum config_section config_section_of(const struct ini_section *section);

/*
 * Reports an unknown section, a missing or superfluous name, unknown keys, bad values. Returns
 * whether the section is one to look into further.
 */
bool config_check_section(const struct ini_section *section, struct config_error_list *errors);

/* Absolute, or below the home: "/…" or "~/…", and no directory. */
bool config_path_is_valid(const char *path);

/* "yes" or "true", in any case. */
bool config_is_yes(const char *value);

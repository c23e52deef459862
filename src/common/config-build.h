/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A configuration in the making: sections are added in the order of what refers to what, identities
 * first, users last. For config*.c only.
 */

#include "config-read.h"

struct config_builder {
	struct config config;
	struct config_report *report;
	const char *only_user; /* or NULL */
	unsigned refresh_line; /* of [refresh]; 0: none yet */
	size_t n_entries;      /* of all users */
};

void config_add_registry(struct config_builder *b, const struct ini_section *section);
void config_add_user(struct config_builder *b, const struct ini_section *section);

/* The value of a key that takes one line; NULL where it is absent or empty. */
const char *config_value(const struct ini_section *section, const char *key);

/* Reports that the section stands there a second time. */
void config_report_twice(
        struct config_builder *b, const struct ini_section *section, unsigned first_line);

void config_user_done(struct config_user *user);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the sections of clusters have in common. */

#include "config/config-build.h"

#define CONFIG_MAX_CLUSTERS 128 /* sections of one kind */

/* A list of words in the making, and what each has to be. */
struct config_words {
	const char *key;
	char ***items;
	size_t *count;
	size_t max;
	bool (*is_valid)(const char *word);
	const char *expected;
};

/* Appends the words of the key; a wrong one, a second one of the same, one too many is reported. */
void config_read_words(struct config_builder *b, const struct ini_section *section,
        const struct config_words *words);

/* A copy of the key's value, or NULL. */
char *config_copy(const struct ini_section *section, const char *key);

/* Reports a section's name that is none. */
bool config_check_cluster_name(struct config_builder *b, const struct ini_section *section);

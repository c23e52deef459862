/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the sections of all kinds of sinks have in common. */

#include "config/config-build.h"

/* A list of words under construction, and what each word must be. */
struct config_words {
	const char *key;
	char ***items;
	size_t *count;
	size_t max;
	bool (*is_valid)(const char *word);
	const char *expected;
};

/* Appends the words of the key; reports invalid words, duplicates, and too many of them. */
void config_read_words(struct config_builder *b, const struct ini_section *section,
        const struct config_words *words);

/*
 * Adds a sink of this kind with its name and registries; the caller reads the keys that only this
 * kind has. Returns it, valid until the next one is added, or NULL after reporting a bad name, a
 * second section of that name, or one too many.
 */
struct config_sink *config_add_sink(
        struct config_builder *b, const struct ini_section *section, enum config_sink_kind kind);

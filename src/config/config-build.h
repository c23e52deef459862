/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A configuration under construction. Sections are added in the order in which they refer to each
 * other: identities first, users last.
 */

#include "config/config.h"
#include "config/ini.h"

struct config_builder {
	struct config config;
	struct config_error_list *errors;
	const char *only_user; /* or NULL */
	unsigned refresh_line; /* of [refresh]; 0: none yet */
	size_t n_entries;      /* of all users and clusters */
};

/* Handles one word of a list, and the line it is on. */
typedef void (*config_word_function)(
        struct config_builder *b, void *userdata, const char *word, unsigned line);

/* Calls the function for each word of a key that takes a list; key may be NULL. */
void config_each_word(struct config_builder *b, const struct ini_key *key,
        config_word_function function, void *userdata);

/* Reports whether a list has any word. */
bool config_has_words(const struct ini_key *key);

/* Reports whether a name given by the administrator has only letters, digits and ._-. */
#define CONFIG_MAX_NAME 64
bool config_name_is_valid(const char *name);

/* Returns the value of a key that takes one line, or NULL if it is absent or empty. */
const char *config_value(const struct ini_section *section, const char *key);

/* Reports that the section is defined twice. */
void config_errors_add_duplicate(
        struct config_builder *b, const struct ini_section *section, unsigned first_line);

/* Returns a copy of the key's value, or NULL. */
char *config_copy(const struct ini_section *section, const char *key);

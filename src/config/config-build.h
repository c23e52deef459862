/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A configuration in the making: sections are added in the order of what refers to what, identities
 * first, users last.
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

/* One word of a list, with the line it stands in. */
typedef void (*config_word_function)(
        struct config_builder *b, void *userdata, const char *word, unsigned line);

/* Calls the function for each word of a key that takes a list; key may be NULL. */
void config_each_word(struct config_builder *b, const struct ini_key *key,
        config_word_function function, void *userdata);

/* Whether a list has a word at all. */
bool config_has_words(const struct ini_key *key);

/* Letters, digits and ._-, for what the administrator names. */
#define CONFIG_MAX_NAME 64
bool config_name_is_valid(const char *name);

/* The value of a key that takes one line; NULL where it is absent or empty. */
const char *config_value(const struct ini_section *section, const char *key);

/* Reports that the section stands there a second time. */
void config_errors_add_duplicate(
        struct config_builder *b, const struct ini_section *section, unsigned first_line);

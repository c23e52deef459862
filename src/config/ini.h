/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The sections, keys and values of an ini, each with its line, whatever they mean. */

#include "config/config-errors.h"

struct ini_value {
	char *text; /* without its comment and the blanks around it; may be empty */
	unsigned line;
	bool had_comment; /* " ;" and what follows was removed */
};

struct ini_key {
	char *name;
	unsigned line;
	struct ini_value *values; /* the key's line, then the indented lines below it */
	size_t n_values;
};

/* [KIND] or [KIND NAME] */
struct ini_section {
	char *kind;
	char *name; /* "" if it has none */
	unsigned line;
	struct ini_key *keys;
	size_t n_keys;
};

struct ini {
	struct ini_section *sections;
	size_t n_sections;
};

/*
 * Pure. Reads an ini; adds malformed lines to the errors and goes on, so that one run shows them
 * all. No key occurs twice in a section.
 */
void ini_read(const char *data, size_t size, struct ini *ret, struct config_error_list *errors);

/* Returns the key, or NULL. */
const struct ini_key *ini_find(const struct ini_section *section, const char *name);

void ini_done(struct ini *ini);

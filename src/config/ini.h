/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An ini as its sections, keys and values, each with its line; what they mean is not looked at.
 *
 */

#include "config/config-errors.h"

struct ini_value {
	char *text; /* without its comment and the blanks around it; may be empty */
	unsigned line;
	bool had_comment; /* " ;" and what follows was taken off */
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
	char *name; /* "" where there is none */
	unsigned line;
	struct ini_key *keys;
	size_t n_keys;
};

struct ini {
	struct ini_section *sections;
	size_t n_sections;
};

/*
 * Pure. What is malformed goes to the errors; the rest is read on, so that one run shows all
 * errors. No key stands twice in a section.
 */
void ini_read(const char *data, size_t size, struct ini *ret, struct config_error_list *errors);

/* The key, or NULL. */
const struct ini_key *ini_find(const struct ini_section *section, const char *name);

void ini_done(struct ini *ini);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * containers-registries.conf(5): "credential-helpers" lists what podman asks for credentials. It
 * reads the files only if "containers-auth.json" is in the list, as it is by default.
 */

#include <stdbool.h>

/* The list. */
struct registries_conf {
	char *path; /* of the file that has it; owned; NULL if none has */
	bool has_files;
	bool has_ours; /* docker-credential-ecr-refresher */
};

/* Parses a file. Pure. Returns 1 and *ret except its path, or 0 if the text has no list. */
int registries_conf_read(const char *text, struct registries_conf *ret);

/* Finds the list that applies to a user with this home; without one, has_files is true. */
void registries_conf_find(const char *home, struct registries_conf *ret);

void registries_conf_done(struct registries_conf *r);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * containers-registries.conf(5): "credential-helpers" says whom podman asks for credentials. The
 * files count only where "containers-auth.json" is among them, as it is by default.
 */

#include <stdbool.h>

/* Who is in the list. */
struct registries_conf {
	char *path; /* of the file whose list counts; owned; NULL where none has one */
	bool has_files;
	bool has_ours; /* docker-credential-ecr-refresher */
};

/*
 * Pure: whether this text names helpers. Returns 1 and *ret but for its path, or 0 where it does
 * not say.
 */
int registries_conf_read(const char *text, struct registries_conf *ret);

/* What counts for a user with this home; has_files where no file says anything. */
void registries_conf_find(const char *home, struct registries_conf *ret);

void registries_conf_done(struct registries_conf *r);

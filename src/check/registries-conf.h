/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * containers-registries.conf(5): "credential-helpers" says whom podman asks for credentials. The
 * files count only where "containers-auth.json" is among them, as it is by default.
 */

#include <stdbool.h>

/*
 * Pure: whether this text names helpers. Returns 1 and *ret_has_files, or 0 where it does not say.
 */
int registries_conf_read(const char *text, bool *ret_has_files);

/* The file, of those that count for a user with this home, that leaves the files out; owned, or
 * NULL. */
char *registries_conf_find(const char *home);

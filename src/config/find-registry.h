/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Finds the registry and the identity for a host that a client pulls from. */

#include "config/config.h"

/*
 * Finds an ECR host, or a name that a [registry HOST] gives to one. A host that the ini does not
 * list uses the default identity. Returns 0, or -EINVAL if it is neither. *ret_identity is an index
 * of the configuration.
 */
int find_registry_of_host(const struct config *config, const char *text, struct registry_host *ret,
        size_t *ret_identity);

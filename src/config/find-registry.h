/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which registry a host is, and whose, when somebody pulls from it. */

#include "config/config.h"

/*
 * An ECR host, or a name that the ini puts in front of one ([registry HOST]). It need not be in
 * any list of the ini: then it is the default identity's. Returns 0, or -EINVAL where it is
 * neither. *ret_identity is an index of the configuration.
 */
int find_registry_of_host(const struct config *config, const char *text, struct registry_host *ret,
        size_t *ret_identity);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the text of an ini to a configuration. */

#include "config/config-errors.h"
#include "config/config.h"

/*
 * Parses an ini. name is what errors call the file. only_user, if not NULL, is the one user the
 * file may name (user mode). Returns 0 and *ret, or -EINVAL and *ret_errors with at least one
 * error; the other is untouched.
 */
int config_parse(const char *data, size_t size, const char *name, const char *only_user,
        struct config *ret, struct config_errors *ret_errors);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads an ini from memory. */

#include "config/config-errors.h"
#include "config/config.h"

/*
 * Reads an ini from memory. name is what errors call the file. only_user, where not NULL, is the
 * one user a file may name (user mode). Returns 0 and *ret, or -EINVAL and *ret_errors with at
 * least one error; the other is untouched.
 */
int config_parse(const char *data, size_t size, const char *name, const char *only_user,
        struct config *ret, struct config_errors *ret_errors);

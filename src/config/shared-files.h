/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The paths of an identity's shared AWS files. */

#include "config/config.h"

enum shared_file { AWS_CONFIG_FILE, AWS_CREDENTIALS_FILE };

/* Returns the setting of the ini that names the file. */
const char *shared_file_setting(enum shared_file file);

/*
 * Returns the path that the ini names, else that of a systemd credential, else the one in the
 * environment, else the file in ~/.aws. home is what "~" means, or NULL for this process's own
 * home; with a home given, the path is for a process of its user, which does not get our
 * credentials. The caller frees the result.
 */
char *shared_file_path(
        const struct config_identity *identity, enum shared_file file, const char *home);

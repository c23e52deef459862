/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where an identity's shared AWS files are. */

#include "config/config.h"

enum shared_file { AWS_CONFIG_FILE, AWS_CREDENTIALS_FILE };

/* The setting of the ini that names the file. */
const char *shared_file_setting(enum shared_file file);

/*
 * What the ini names, else a credential that systemd hands us, else what the environment names,
 * else the file in ~/.aws. home is what "~" stands for, NULL for this process's own; another
 * user's home means that user's process, which gets no credentials of ours. The caller frees the
 * result.
 */
char *shared_file_path(
        const struct config_identity *identity, enum shared_file file, const char *home);

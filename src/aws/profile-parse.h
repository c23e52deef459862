/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads the AWS files, as profile.h describes them, into a set of profiles. */

#include "aws/profile.h"

/*
 * Adds the contents of a file to the set: first the config file, then the credentials file, whose
 * properties win. name is the file's name in errors. Returns 0, or -EINVAL with a reason
 * "NAME:LINE: …", which repeats nothing of the file, and the set unchanged. Pure.
 */
int profile_parse(const char *data, size_t size, const char *name, bool is_credentials_file,
        struct profile_set *set, struct reason *ret_reason);

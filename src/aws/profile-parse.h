/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads the AWS files, as profile.h describes them, into a set of profiles. */

#include "aws/profile.h"

/*
 * Pure. Adds what a file says to the set: first the config file, then the credentials file, whose
 * properties win. name is what errors call the file. Returns 0, or -EINVAL with a reason
 * "NAME:LINE: …", which repeats nothing of the file; the set is as it was then.
 */
int profile_parse(const char *data, size_t size, const char *name, bool is_credentials_file,
        struct profile_set *set, struct reason *ret_reason);

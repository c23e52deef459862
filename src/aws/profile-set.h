/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Builds a set of profiles and frees it. The owner of the AWS files controls its contents. */

#include "aws/profile.h"

/* Returns the profile of this kind and name, which is added if it is missing. */
struct profile *profile_find_or_add(
        struct profile_set *set, enum profile_kind kind, const char *name);

/* Returns the property of this key, added or emptied: the last one of a key counts. */
struct profile_property *profile_make_property(
        struct profile_property **properties, size_t *n_properties, const char *key);

/* Moves the properties of from over those of to. */
void profile_merge(struct profile *to, struct profile *from);

/* Frees the properties; the name stays. */
void profile_clear(struct profile *profile);

void profile_set_done(struct profile_set *set);

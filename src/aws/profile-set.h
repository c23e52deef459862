/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How a set of profiles comes to be. For profile.c and profile-parse.c only. */

#include "aws/profile.h"

struct profile *profile_find_or_add(
        struct profile_set *set, enum profile_kind kind, const char *name);

/* The property of this key, emptied: the last one of a key counts. */
struct profile_property *profile_make_property(
        struct profile_property **properties, size_t *n_properties, const char *key);

/* Moves the properties of from over those of to. */
void profile_merge(struct profile *to, struct profile *from);

/* Takes its properties away; its name stays. */
void profile_clear(struct profile *profile);

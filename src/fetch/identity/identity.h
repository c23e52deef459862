/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An AWS identity of the ini: its section and the shared files that the section names. The
 * administrator controls the ini, the owner of the shared files the profiles.
 */

#include <stdint.h>

#include "aws/profile.h"
#include "base/reason.h"
#include "config/config.h"

/* One identity while it is being resolved. */
struct identity {
	const struct config_identity *config;
	struct profile_set own; /* one: the ini's section in the shape of a profile, "[aws prod]" */
	struct profile_set profiles; /* the shared files' */
	const char *profile_name;    /* the profile in use; owned by config or the environment */
	char *config_file;           /* where the shared files were looked for */
	char *credentials_file;
	const char *fallback_region; /* STS's where there is no identity_region(): the registry's */
	uint64_t deadline;           /* monotonic_now() */
	struct secret *metadata_token; /* of EC2's metadata session, once there is one */
};

/*
 * Reads the shared files. Returns 0, or a negative errno with a reason where a file is unreadable
 * or malformed, or the chosen profile does not exist.
 */
int identity_open(const struct config_identity *config, uint64_t deadline, struct identity *ret,
        struct reason *ret_reason);

/* The profile in use, or NULL where the shared files have none of that name. */
const struct profile *identity_profile(const struct identity *identity);

/* A setting: the ini's, else the one of the profile in use; NULL for none. Blank counts as none. */
const char *identity_get(const struct identity *identity, const char *key);

/*
 * The identity's own region: the ini's, AWS_REGION, AWS_DEFAULT_REGION, the profile's; NULL for
 * none.
 */
const char *identity_region(const struct identity *identity);

/* "identity prod", or "the default identity", for messages. Writes to and returns buffer. */
const char *identity_label(const char *name, char *buffer, size_t size);

void identity_done(struct identity *i);

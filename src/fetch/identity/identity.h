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

/* An identity that is being resolved. */
struct identity {
	const struct config_identity *config;
	struct profile_set own;      /* one: the ini's section as a profile, "[aws prod]" */
	struct profile_set profiles; /* of the shared files */
	const char *profile_name;    /* the profile in use; owned by config or the environment */
	char *config_file;           /* the paths of the shared files */
	char *credentials_file;
	const char *fallback_region;   /* for STS if there is no identity_region(): the registry's
	                                  region */
	uint64_t deadline;             /* monotonic_now() */
	struct secret *metadata_token; /* of EC2's metadata session, once opened */
};

/*
 * Reads the shared files. Returns 0, or a negative errno with a reason if a file is unreadable or
 * malformed, or the chosen profile does not exist.
 */
int identity_open(const struct config_identity *config, uint64_t deadline, struct identity *ret,
        struct reason *ret_reason);

/* Returns the profile in use, or NULL if the shared files have no profile of that name. */
const struct profile *identity_profile(const struct identity *identity);

/*
 * Returns a setting of the ini, else of the profile in use; NULL if it is absent or blank in both.
 */
const char *identity_get(const struct identity *identity, const char *key);

/*
 * Returns the identity's own region, from the ini, AWS_REGION, AWS_DEFAULT_REGION or the profile;
 * or NULL.
 */
const char *identity_region(const struct identity *identity);

/* Writes "identity prod" or "the default identity", for messages; returns buffer. */
const char *identity_label(const char *name, char *buffer, size_t size);

void identity_done(struct identity *i);

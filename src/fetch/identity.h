/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who we are at AWS. An identity of the ini is resolved by asking its providers in order; the first
 * that has credentials wins. A provider is one function in one file:
 *
 *   1   it has credentials
 *   0   it is not set up here; the reason says what it looked for
 *   <0  it is set up and does not work; the reason says why, and no other provider is asked
 */

#include <stdint.h>

#include "../common/config.h"
#include "../common/reason.h"
#include "credentials.h"
#include "profile.h"

/* One identity while it is being resolved. */
struct identity {
	const struct config_identity *config;
	struct profile_set profiles;
	const char *profile_name; /* the profile in use; owned by config or the environment */
	bool profile_is_chosen;   /* by the ini or AWS_PROFILE: then it has to exist */
	char *config_file;        /* where the shared files were looked for */
	char *credentials_file;
	uint64_t deadline; /* monotonic_now() */
};

/*
 * Reads the shared files. Returns 0, or a negative errno with a reason where a file is unreadable
 * or malformed, or the chosen profile does not exist.
 */
int identity_open(const struct config_identity *config, uint64_t deadline, struct identity *ret,
        struct reason *ret_reason);

/* Returns 0 and credentials; or a negative errno and a reason that names every provider tried. */
int identity_resolve(
        const struct identity *identity, struct credentials *ret, struct reason *ret_reason);

/*
 * The identity's own region: the ini's, AWS_REGION, AWS_DEFAULT_REGION, the profile's; NULL for
 * none.
 */
const char *identity_region(const struct identity *identity);

/* "identity prod", or "the default identity", for messages. Writes to and returns buffer. */
const char *identity_label(const char *name, char *buffer, size_t size);

/*
 * The providers. profile is the one to look at (the chosen one, a source_profile, or the ini's own
 * section in the shape of one), NULL for those that only go by the environment.
 */
int provider_environment(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_static_keys(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

void identity_done(struct identity *i);

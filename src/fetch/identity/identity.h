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

#include "aws/profile.h"
#include "base/reason.h"
#include "config/config.h"
#include "fetch/identity/credentials.h"

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

#define TRIED_MAX 16

/* A provider that was asked, and its answer: 1, 0 or negative, as above. */
struct attempt {
	const char *provider; /* as in credentials: "environment", "sso", "imds" … */
	int outcome;
	struct reason reason; /* where the outcome is not 1 */
};

struct tried_list {
	struct attempt items[TRIED_MAX];
	size_t count;
};

/*
 * Reads the shared files. Returns 0, or a negative errno with a reason where a file is unreadable
 * or malformed, or the chosen profile does not exist.
 */
int identity_open(const struct config_identity *config, uint64_t deadline, struct identity *ret,
        struct reason *ret_reason);

/*
 * Returns 0 and credentials; or a negative errno and a reason that names every provider tried.
 * ret_tried, which may be NULL, is filled in either way.
 */
int identity_resolve(const struct identity *identity, struct credentials *ret,
        struct reason *ret_reason, struct tried_list *ret_tried);

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

/*
 * The providers. profile is the one to look at (the chosen one, a source_profile, or the ini's own
 * section in the shape of one), NULL for those that only go by the environment. Web identity takes
 * either: with NULL it goes by the environment and, for what that does not say, the profile in use.
 */
int provider_environment(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_credentials_file(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_config_file(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_assume_role(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_web_identity(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_sso(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_login(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_process(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_container(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_imds(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);
int provider_roles_anywhere(const struct identity *identity, const struct profile *profile,
        struct credentials *ret, struct reason *ret_reason);

/*
 * The region of the EC2 instance we run on. Returns 1, 0 with a reason where there is none or IMDS
 * is disabled, or a negative errno with a reason.
 */
int imds_region(const struct identity *identity, char ret_region[static REGION_MAX_SIZE],
        struct reason *ret_reason);

void identity_done(struct identity *i);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cache key of an identity, as text: two identities with the same text may share a token. Keys
 * that expire are not in it, or roles, SSO sessions and processes would never find their own cache
 * entries; nor are secrets.
 */

#include <pwd.h>

#include "aws/profile.h"
#include "config/config.h"

/*
 * Makes the fingerprint from the ini's section, the environment, and the profiles that they name.
 * The same text means the same principal, as far as can be known. It contains:
 *
 * - for a role, an SSO session, a login, a process, the machine's role: the profile's settings;
 * - for permanent keys: their id;
 * - for temporary keys in the environment: their id, because nothing else identifies them;
 * - for temporary keys in a profile: the profile's name and other settings, and the part of the id
 *   that is the same for all keys of an account.
 *
 * The caller frees the result.
 */
char *identity_fingerprint_make(
        const struct config_identity *identity, const struct profile_set *profiles);

/*
 * Reads the shared files, and makes the fingerprint. With owner, root reads them as that user,
 * whose files they are. Returns 0, or a negative errno if they cannot be read: then the principal
 * is unknown, and ecr-fetch will report the cause.
 */
int identity_fingerprint_find(
        const struct config_identity *identity, const struct passwd *owner, char **ret);

/*
 * Reports whether the caller may be the service's principal (NULL: unknown) for the same identity
 * of the ini. It is not if the environment, which differs from the service's, selects another
 * principal or one that cannot be compared.
 */
bool identity_fingerprint_may_match(const struct config_identity *identity, const char *principal);

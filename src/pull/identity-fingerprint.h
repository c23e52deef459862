/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who an identity is over time, as text: two calls with the same text may share a token. Keys that
 * expire are not in it, or roles, SSO sessions and processes would never find what they left in
 * the cache; it holds no secret either.
 */

#include <pwd.h>

#include "aws/profile.h"
#include "config/config.h"

/*
 * Out of the ini's section, the environment, and the profiles that they name. Alike text, alike
 * principal, as far as that can be told:
 *
 * - A role, an SSO session, a login, a process, the machine's own role: what the profile says.
 * - Keys for good: their id.
 * - Keys for a while in the environment: their id, for there is nothing else to go by.
 * - Keys for a while in a profile: the profile's name and what else is in it, and the part of the
 *   id that is the same for all keys of an account.
 *
 * The caller frees the result.
 */
char *identity_fingerprint_make(
        const struct config_identity *identity, const struct profile_set *profiles);

/*
 * The same, with the shared files read: by us, or where whom is given, by root as that user, whose
 * files they are. Returns 0, or a negative errno where they cannot be read: then nobody knows who
 * it is, and ecr-fetch will say what is wrong.
 */
int identity_fingerprint_find(
        const struct config_identity *identity, const struct passwd *whom, char **ret);

/*
 * Whether who calls us may be the principal (NULL where that is not known) that the service is,
 * with the same identity of the ini: not so where the environment, which in the service is another
 * one, names somebody else, or somebody who cannot be compared.
 */
bool identity_fingerprint_may_match(const struct config_identity *identity, const char *principal);

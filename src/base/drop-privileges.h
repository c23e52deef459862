/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Drops privileges permanently. */

#include <pwd.h>

/*
 * Becomes a user permanently: groups, gid, uid and no capabilities; then verifies that there is no
 * way back. Returns 0 or a negative errno, after which the caller must exit because half of it may
 * have happened.
 */
int drop_privileges(const struct passwd *pw);

/*
 * Does the same, as root only, with the user's primary group alone, so that no directory service is
 * queried for the others. The process may have fewer rights than the user; or more, if a file's
 * mode gives a group less than the world.
 */
int drop_privileges_without_groups(const struct passwd *pw);

/* Keeps secrets out of core files and from debuggers of the same user. */
void forbid_dumps(void);

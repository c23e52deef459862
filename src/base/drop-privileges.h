/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Giving privileges up for good. */

#include <pwd.h>

/*
 * Becomes a user for good: groups, gid, uid, and no capabilities, and proves that there is no way
 * back. Returns 0, or a negative errno; the caller must exit then, for half of it may have
 * happened.
 */
int drop_privileges(const struct passwd *pw);

/*
 * The same for root alone, and in the user's own group only: who else the user belongs to, nobody
 * is asked. It may do less than the user may; where a file's mode gives a group less than the
 * world, it may do more.
 */
int drop_privileges_without_groups(const struct passwd *pw);

/* Keeps secrets out of core files and away from debuggers of the same user. */
void forbid_dumps(void);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether this process's user is in a group, by the sources of the name service. */

#include <sys/types.h>

#include "base/reason.h"

/*
 * Checks that it is certain why this process may not give a file to a group: either the process has
 * the group, and the cause is another, or its user is known not to be in it.
 *
 * A process without the group proves nothing: initgroups(3) succeeds with fewer groups if a source
 * in nsswitch.conf(5) does not answer, and getgrgid(3) finds nothing then. This takes look-ups, so
 * call it only if the answer matters. Returns 0, or a negative errno, not -EAGAIN, with a reason.
 */
int membership_check(gid_t gid, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/reason.h"

/*
 * Finds out whether it is certain why this process may not give a file to a group: the process has
 * the group, so that it is not for want of it, or its user is known not to be in it.
 *
 * That the process has not got the group is no knowledge: initgroups(3) succeeds with fewer groups
 * if a source that nsswitch.conf(5) names does not answer, and getgrgid(3) finds nothing then. It
 * takes look-ups, so call it only if the answer matters. Returns 0, or a negative errno, not
 * -EAGAIN, with a reason.
 */
int membership_check(gid_t gid, struct reason *ret_reason);

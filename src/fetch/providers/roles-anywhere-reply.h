/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The reply to CreateSession of IAM Roles Anywhere. The network controls it. */

#include "base/reason.h"
#include "fetch/identity/credentials.h"

/*
 * Pure. now is the service's time, in seconds since 1970. Fills in keys, token and expiry. Returns
 * 0, or -EBADMSG with a reason.
 */
int roles_anywhere_parse_session(const char *body, size_t size, int64_t now,
        struct credentials *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The replies of a container's credential service, which controls them. */

#include "base/reason.h"
#include "fetch/identity/credentials.h"

/*
 * Pure. Reads a reply with status 200. server names the service in the reason. Returns 0, or
 * -EBADMSG with a reason.
 */
int container_read_credentials(const char *body, size_t size, const char *server,
        struct credentials *ret, struct reason *ret_reason);

/* Pure. Sets the reason for any other status. Returns -EREMOTEIO. */
int container_fail(
        const char *body, size_t size, long status, const char *server, struct reason *ret_reason);

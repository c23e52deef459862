/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a container's credential service answers. Whoever answers controls it. */

#include "base/reason.h"
#include "fetch/identity/credentials.h"

/*
 * Pure. Reads a reply with status 200. server is what the reason calls the other side. Returns 0,
 * or -EBADMSG with a reason.
 */
int container_read_credentials(const char *body, size_t size, const char *server,
        struct credentials *ret, struct reason *ret_reason);

/* Pure. Explains any other reply; returns -EREMOTEIO. */
int container_explain(
        const char *body, size_t size, long status, const char *server, struct reason *ret_reason);

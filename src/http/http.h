/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One HTTP request and its reply, bounded in size and time. Blocking: what is to happen at the same
 * time runs in threads (parallel.h). The network controls the reply.
 */

#include "base/reason.h"
#include "http/http-request.h"

/* Before the first request and before any thread. Returns 0 or -EIO. */
int http_setup(void);

/*
 * Returns 0 and a reply, whatever its status. Otherwise a reason and -ETIMEDOUT, -EFBIG, -EPROTO (a
 * reply that is no HTTP or broke off), -ENETUNREACH (no address, no connection), -EKEYREJECTED
 * (TLS: trust), -ENOENT (the CA bundle, the client's certificate), -ETIME (the deadline had passed
 * before), -EINVAL (the proxy, a header's value). Only the first and the two after -EFBIG are worth
 * another try.
 */
int http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason);

void http_reply_done(struct http_reply *r);

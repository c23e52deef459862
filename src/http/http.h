/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One HTTP request and its reply, bounded in size and time. It blocks: concurrent requests run in
 * threads (parallel.h). The network controls the reply.
 */

#include "base/reason.h"
#include "http/http-request.h"

/* Must be called before the first request and before any thread starts. Returns 0 or -EIO. */
int http_setup(void);

/*
 * Sends a request. Returns 0 and a reply, whatever its status; or a reason and -ETIMEDOUT, -EFBIG,
 * -EPROTO (the reply is not HTTP or broke off), -ENETUNREACH (no address, no connection),
 * -EKEYREJECTED (TLS: trust), -ENOENT (the CA bundle, the client's certificate), -ETIME (the
 * deadline had passed before), -EINVAL (the proxy, a header's value). Only -ETIMEDOUT, -EPROTO and
 * -ENETUNREACH are worth another attempt.
 */
int http_call(
        const struct http_request *request, struct http_reply *ret, struct reason *ret_reason);

void http_reply_done(struct http_reply *r);

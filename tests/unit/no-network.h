/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Replaces http/http.c in tests without network: every request fails, and is counted. */

#include <errno.h>

#include "http/http.h"

static unsigned http_calls;

int http_call(_unused_ const struct http_request *request, _unused_ struct http_reply *ret,
        struct reason *ret_reason)
{
	http_calls++;
	return reason_set(ret_reason, ENETUNREACH, "no-network", "no network in this test");
}

void http_reply_done(_unused_ struct http_reply *r)
{
}

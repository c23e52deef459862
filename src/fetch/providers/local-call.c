/* SPDX-License-Identifier: Apache-2.0 */
/* The server at the address controls the reply. */
#include "fetch/providers/local-call.h"

#include <errno.h>

#include "base/timespan.h"
#include "http/backoff.h"

#define FIRST_PAUSE_USEC (100 * USEC_PER_MSEC) /* doubles */

static bool may_retry(int r, long status)
{
	if (r < 0)
		return r == -ETIMEDOUT || r == -EPROTO || r == -ENETUNREACH;
	return status == 429 || status >= 500;
}

int local_call(const struct local_call *call, struct http_reply *ret, struct reason *ret_reason)
{
	const struct http_request request = {.method = call->method,
	        .url = call->url,
	        .headers = call->headers,
	        .n_headers = call->n_headers,
	        .deadline = call->deadline,
	        .timeout_usec = call->timeout_usec,
	        .no_proxy = true};
	uint64_t pause = FIRST_PAUSE_USEC;

	for (unsigned attempt = 1;; attempt++, pause *= 2) {
		struct http_reply reply = {};
		struct reason why = {};
		int r = http_call(&request, &reply, &why);

		if (attempt >= call->attempts || !may_retry(r, reply.status) ||
		        !backoff_wait(pause, call->deadline)) {
			if (r == 0)
				*ret = reply;
			else if (ret_reason)
				*ret_reason = why;
			return r;
		}
		if (r == 0)
			http_reply_done(&reply);
	}
}

const char *local_call_failure(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "did not answer in time";
	case -ENETUNREACH:
		return "cannot be reached";
	case -EFBIG:
		return "sent more than 256 KiB";
	case -EKEYREJECTED:
		return "has a certificate that is not trusted";
	case -ENOENT:
		return "needs a CA bundle that cannot be read (AWS_CA_BUNDLE)";
	case -ETIME:
		return "was not reached: the run's timeout (timeout = in [refresh]) was used up";
	default:
		return "sent an incomplete HTTP reply";
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a pull needs a token for. The caller controls the host. */

#include <stdint.h>

#include "base/secret.h"

#define PULL_TIMEOUT_USEC (10 * UINT64_C(1000000))

struct pull_request {
	const char *host;   /* as the caller writes it: any case, scheme, port and path allowed */
	const char *config; /* --config, or NULL */
	uint64_t deadline;  /* monotonic_now(); 0: PULL_TIMEOUT_USEC from now */
	/* From kubelet, for a service account: use this role with this token, and nothing else.
	 * Both or neither. The result is not cached here. */
	const char *role_arn;
	const struct secret *web_identity_token;
};

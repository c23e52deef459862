/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How the instance metadata service is used, by the ini, the environment and the profile in use, in
 * this order. Their owners control the text.
 */

#include "fetch/identity/identity.h"
#include "fetch/providers/local-url.h"

struct imds_settings {
	char endpoint[LOCAL_URL_MAX_SIZE]; /* without a slash at its end */
	unsigned attempts;
	uint64_t timeout_usec;
	bool v1_disabled;
};

/* Returns 1; 0 with a reason where it is disabled; -EINVAL with a reason. */
int imds_settings_read(
        const struct identity *identity, struct imds_settings *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The settings of the instance metadata service, from the ini, the environment and the profile in
 * use, in this order. Their owners control the text.
 */

#include "fetch/identity/identity.h"
#include "fetch/providers/local-url.h"

struct imds_settings {
	char endpoint[LOCAL_URL_MAX_SIZE]; /* without a trailing slash */
	unsigned attempts;
	uint64_t timeout_usec;
	bool v1_disabled;
};

/* Returns 1; 0 with a reason if IMDS is disabled; or -EINVAL with a reason. */
int imds_settings_read(
        const struct identity *identity, struct imds_settings *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The registries that are known from the ini and the cache. */

#include "aws/registry-host.h"
#include "base/reason.h"

struct known_registries {
	char **names; /* bare hosts, without duplicates */
	size_t count;
};

/*
 * Lists the registries of the ini, and those with a token in the cache. config: --config or NULL.
 * Returns 0, or -EINVAL with a reason if the ini is wrong.
 */
int known_registries_find(
        const char *config, struct known_registries *ret, struct reason *ret_reason);

/*
 * Guesses the host for get-login-password as the AWS CLI would: any host of the region, which is
 * region, AWS_REGION or AWS_DEFAULT_REGION; otherwise the only one in the ini. Returns 0, or
 * -EINVAL with a reason.
 */
int known_registries_guess(const char *config, const char *region,
        char ret[static HOST_NAME_MAX_SIZE], struct reason *ret_reason);

/* Reports whether the host is ECR by its name, or by the ini; a wrong ini is ignored. */
bool known_registries_has(const char *config, const char *host);

void known_registries_done(struct known_registries *h);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The registries that can be named without being asked for. */

#include "aws/registry-host.h"
#include "base/reason.h"

struct known_registries {
	char **names; /* bare hosts, none of them twice */
	size_t count;
};

/*
 * Those of the ini, and those whose token is in the cache. config: --config or NULL. Returns 0, or
 * -EINVAL with a reason where the ini is wrong.
 */
int known_registries_find(
        const char *config, struct known_registries *ret, struct reason *ret_reason);

/*
 * The host that get-login-password means where none is named, as the AWS CLI would: any of the
 * region, which is region, or AWS_REGION, or AWS_DEFAULT_REGION; else the only one that the ini
 * has a use for. Returns 0, or -EINVAL with a reason.
 */
int known_registries_guess(const char *config, const char *region,
        char ret[static HOST_NAME_MAX_SIZE], struct reason *ret_reason);

/* Whether it is ECR by its name, or by the ini; a wrong ini does not count. */
bool known_registries_has(const char *config, const char *host);

void known_registries_done(struct known_registries *h);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where an API is asked. Source: the endpoint rule sets of the services that the AWS SDKs share,
 * and "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide.
 */

#include "../common/host.h"
#include "../common/reason.h"

#define ENDPOINT_URL_MAX_SIZE 2048

struct endpoint {
	char url[ENDPOINT_URL_MAX_SIZE]; /* without a trailing slash where the path is "/" */
	char signing_region[REGION_MAX_SIZE];
	bool configured; /* by AWS_ENDPOINT_URL and its kin, not by the rules */
};

/*
 * Pure: what the rules say. Returns 0; -EINVAL with a reason where no region is given.
 */
int endpoint_resolve(enum aws_service service, const struct partition *partition,
        const char *region, bool fips, bool dualstack, struct endpoint *ret,
        struct reason *ret_reason);

/*
 * What the environment says, before the rules: AWS_ENDPOINT_URL_ECR, AWS_ENDPOINT_URL_ECR_PUBLIC,
 * AWS_ENDPOINT_URL_STS, then AWS_ENDPOINT_URL, unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true.
 * Blank ones count as unset. getenv is the environment's reader. Returns 1 and a URL, 0 where
 * nothing is configured, -EINVAL with a reason where the URL is not http or https, or FIPS or dual
 * stack is asked for as well (the rule sets refuse that).
 */
int endpoint_configured(enum aws_service service, bool fips, bool dualstack,
        char *(*getenv)(const char *name), char ret_url[static ENDPOINT_URL_MAX_SIZE],
        struct reason *ret_reason);

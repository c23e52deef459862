/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The endpoints of AWS APIs. Source: the endpoint rule sets of the services that the AWS SDKs
 * share, and "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide.
 */

#include "aws/registry-host.h"
#include "base/reason.h"

#define ENDPOINT_URL_MAX_SIZE 2048

struct endpoint {
	char url[ENDPOINT_URL_MAX_SIZE]; /* without a trailing slash where the path is "/" */
	char signing_region[REGION_MAX_SIZE];
};

/* Pure. Applies the rules. Returns 0, or -EINVAL with a reason if no region is given. */
int endpoint_resolve(enum aws_service service, const struct partition *partition,
        const char *region, bool fips, bool dualstack, struct endpoint *ret,
        struct reason *ret_reason);

/*
 * Pure. Normalizes a configured URL. where names its place in messages, which do not repeat the
 * URL. Returns 0, or -EINVAL with a reason if it is not http or https, or has a part that an
 * endpoint's URL cannot have.
 */
int endpoint_read_url(const char *url, const char *where,
        char ret_url[static ENDPOINT_URL_MAX_SIZE], struct reason *ret_reason);

/*
 * Returns the service's name in a `services` section and, in capitals, in AWS_ENDPOINT_URL_…:
 * "ecr", "ecr_public", "sts", "sso", "sso_oidc", "signin", "rolesanywhere".
 */
const char *endpoint_service_id(enum aws_service service);

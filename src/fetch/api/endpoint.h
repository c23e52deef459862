/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where an API is asked. Source: the endpoint rule sets of the services that the AWS SDKs share,
 * and "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide.
 */

#include "aws/registry-host.h"
#include "base/reason.h"

#define ENDPOINT_URL_MAX_SIZE 2048

struct endpoint {
	char url[ENDPOINT_URL_MAX_SIZE]; /* without a trailing slash where the path is "/" */
	char signing_region[REGION_MAX_SIZE];
};

/*
 * Pure: what the rules say. Returns 0; -EINVAL with a reason where no region is given.
 */
int endpoint_resolve(enum aws_service service, const struct partition *partition,
        const char *region, bool fips, bool dualstack, struct endpoint *ret,
        struct reason *ret_reason);

/*
 * Pure: a URL that somebody configured, in its usual form. where is what messages call the place it
 * stands in; its value is not repeated. Returns 0; -EINVAL with a reason where it is not http or
 * https, or has what an endpoint's URL cannot have.
 */
int endpoint_read_url(const char *url, const char *where,
        char ret_url[static ENDPOINT_URL_MAX_SIZE], struct reason *ret_reason);

/*
 * "ecr", "ecr_public", "sts", "sso", "sso_oidc", "signin", "rolesanywhere": what a `services`
 * section, and in capitals AWS_ENDPOINT_URL_…, calls the service.
 */
const char *endpoint_service_id(enum aws_service service);

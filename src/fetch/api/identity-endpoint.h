/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where an identity's calls go, and whom they trust: what the ini, the environment and the profile
 * say before the rules of endpoint.h. Source: "Service-specific endpoints", "Dual-stack and FIPS
 * endpoints" and "General configuration settings" in the AWS SDKs and Tools Reference Guide.
 */

#include "fetch/api/endpoint.h"
#include "fetch/identity/identity.h"

struct identity_endpoint {
	char url[ENDPOINT_URL_MAX_SIZE]; /* "" where the rules decide */
	bool fips;
	bool dualstack;
	char *ca_bundle; /* a file or directory; NULL: AWS_CA_BUNDLE or the system's */
};

/*
 * A key of the ini's [aws NAME] comes first, then the environment, then the profile in use; of
 * each, what is said of one service comes before what is said of all. fips and dualstack: what is
 * asked for anyway, by a registry's host. identity may be NULL: then there is the environment
 * alone.
 *
 * Returns 0; or -EINVAL with a reason where a URL is malformed or stands beside FIPS or dual stack
 * (the rule sets refuse that), -ENOENT where `services` names a section that is not there.
 */
int identity_endpoint(const struct identity *identity, enum aws_service service, bool fips,
        bool dualstack, struct identity_endpoint *ret, struct reason *ret_reason);

void identity_endpoint_done(struct identity_endpoint *e);

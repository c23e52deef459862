/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The endpoint and the CA bundle of an identity's calls, as configured in the ini, the environment
 * and the profile; otherwise the rules of endpoint.h apply. Source: "Service-specific endpoints",
 * "Dual-stack and FIPS endpoints" and "General configuration settings" in the AWS SDKs and Tools
 * Reference Guide.
 */

#include "fetch/api/endpoint.h"
#include "fetch/identity/identity.h"

struct identity_endpoint {
	char url[ENDPOINT_URL_MAX_SIZE]; /* "": the rules decide */
	bool fips;
	bool dualstack;
	char *ca_bundle; /* a file or directory; NULL: AWS_CA_BUNDLE or the system's */
};

/*
 * Reads the ini's [aws NAME], then the environment, then the profile in use; in each, a service's
 * own URL comes before the one for all services. fips and dualstack: required anyway, by a
 * registry's host. If identity is NULL, only the environment is read.
 *
 * Returns 0; -EINVAL with a reason if a URL is malformed or set together with FIPS or dual stack
 * (the rule sets refuse that); or -ENOENT if `services` names a section that does not exist.
 */
int identity_endpoint(const struct identity *identity, enum aws_service service, bool fips,
        bool dualstack, struct identity_endpoint *ret, struct reason *ret_reason);

void identity_endpoint_done(struct identity_endpoint *e);

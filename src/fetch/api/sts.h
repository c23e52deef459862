/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * AWS Security Token Service: roles, and the principal of credentials. Calls the identity's own
 * region, else the registry's. The network controls the replies. Source: the AWS STS API reference,
 * version 2011-06-15.
 */

#include "fetch/api/sts-reply.h"
#include "fetch/identity/identity.h"

struct sts_role {
	const char *role_arn;
	const char *session_name;  /* NULL: "ecr-refresher-HOSTNAME" */
	const char *external_id;   /* or NULL */
	unsigned duration_seconds; /* 0: the service's default, an hour */
};

/* Assume a role. Return 0 and credentials, or a negative errno with a reason. */
int sts_assume_role(const struct identity *identity, const struct credentials *base,
        const struct sts_role *role, struct credentials *ret, struct reason *ret_reason);
int sts_assume_role_with_web_identity(const struct identity *identity, const struct secret *token,
        const struct sts_role *role, struct credentials *ret, struct reason *ret_reason);

/* Gets the principal of credentials. Returns 0, or a negative errno with a reason. */
int sts_get_caller_identity(const struct identity *identity, const struct credentials *credentials,
        struct sts_caller *ret, struct reason *ret_reason);

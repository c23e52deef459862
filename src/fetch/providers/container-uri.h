/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The URI of a container's credentials (Amazon ECS, EKS Pod Identity). Source: "Container
 * credential provider" in the AWS SDKs and Tools Reference Guide.
 */

#include "fetch/providers/local-url.h"

struct container_uri {
	char url[LOCAL_URL_MAX_SIZE];
	struct local_url parts;
	const char *variable; /* the variable that set it */
};

/*
 * Pure. relative and full are AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI, or NULL; the
 * first wins. Without TLS only loopback and the addresses of ECS and EKS are allowed. Returns 1; 0
 * with a reason if neither is set; or -EINVAL with a reason, which does not repeat the URL, because
 * its path may be a secret.
 */
int container_uri(const char *relative, const char *full, struct container_uri *ret,
        struct reason *ret_reason);

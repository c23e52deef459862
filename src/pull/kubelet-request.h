/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What kubelet sends to its credential provider plugins: CredentialProviderRequest of
 * credentialprovider.kubelet.k8s.io, in the versions v1, v1beta1 and v1alpha1.
 * https://kubernetes.io/docs/reference/config-api/kubelet-credentialprovider.v1/
 */

#include "base/reason.h"
#include "base/secret.h"

#define KUBELET_REQUEST_MAX_SIZE (512 * 1024) /* annotations of an object have 256 KiB at most */
#define KUBELET_ROLE_ANNOTATION "eks.amazonaws.com/ecr-role-arn"

struct kubelet_request {
	const char *api_version; /* one of those above; the reply must be of the same */
	char *registry;          /* of the image, as it is spelt there: the key of the reply; NULL
	                            for Docker Hub, which images do not name */
	/* If kubelet is configured to send them: the role of the pod's service account, and the
	 * token to assume it with. NULL and empty if the node pulls. */
	char *role_arn;
	struct secret token;
};

/*
 * Pure. default_role is for service accounts without that annotation, or NULL. Returns 0, or
 * -EBADMSG with a reason; *ret is untouched then.
 */
int kubelet_request_parse(const char *data, size_t size, const char *default_role,
        struct kubelet_request *ret, struct reason *ret_reason);

void kubelet_request_done(struct kubelet_request *r);

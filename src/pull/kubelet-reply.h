/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What kubelet wants to hear: CredentialProviderResponse of credentialprovider.kubelet.k8s.io.
 * https://kubernetes.io/docs/reference/config-api/kubelet-credentialprovider.v1/
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/* Pure: there is nothing for this image, and kubelet is to go on without. Appended to ret. */
void kubelet_reply_nothing(const char *api_version, struct secret *ret);

/*
 * Pure: the password of this registry, which is named as the image names it; authorization is
 * base64 of "USER:PASSWORD". Appends to ret. Returns 0, or -EBADMSG with a reason and ret as it was
 * where that cannot be said in JSON.
 */
int kubelet_reply_format(const char *api_version, const char *registry,
        const struct secret *authorization, int64_t expires_at, int64_t now, struct secret *ret,
        struct reason *ret_reason);

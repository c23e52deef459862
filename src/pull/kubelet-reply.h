/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The reply to kubelet: CredentialProviderResponse of credentialprovider.kubelet.k8s.io.
 * https://kubernetes.io/docs/reference/config-api/kubelet-credentialprovider.v1/
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/* Pure. Appends the reply that nothing exists for this image; kubelet then continues without. */
void kubelet_reply_nothing(const char *api_version, struct secret *ret);

/*
 * Pure. Appends the reply with the password of this registry, spelt as the image spells it;
 * authorization is base64 of "USER:PASSWORD". Returns 0, or -EBADMSG with a reason, with ret
 * unchanged, if it is not.
 */
int kubelet_reply_format(const char *api_version, const char *registry,
        const struct secret *authorization, int64_t expires_at, int64_t now, struct secret *ret,
        struct reason *ret_reason);

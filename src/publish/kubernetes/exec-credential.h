/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the exec plugin of a kubeconfig prints: client.authentication.k8s.io, v1 and v1beta1
 * ("client-go credential plugins" in Kubernetes' docs). The plugin controls it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

struct exec_credential {
	struct secret token;
	struct secret certificate, key; /* PEM */
	int64_t expires_at;             /* 0: unknown */
};

/*
 * Pure. api_version is that of the kubeconfig; command is for messages. Returns 0, or -EBADMSG with
 * a reason; *ret is untouched on failure.
 */
int exec_credential_parse(const char *data, size_t size, const char *api_version,
        const char *command, struct exec_credential *ret, struct reason *ret_reason);

/* Reports whether we support this version of the API. */
bool exec_credential_is_known(const char *api_version);

void exec_credential_done(struct exec_credential *c);

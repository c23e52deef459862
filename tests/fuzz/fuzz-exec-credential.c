/* SPDX-License-Identifier: Apache-2.0 */

/* Any output of an exec plugin: it has credentials, or there is a reason. */

#include <stdint.h>
#include <stdlib.h>

#include "publish/kubernetes/exec-credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(exec_credential_done) struct exec_credential c = {};
	struct reason reason = {};
	int r = exec_credential_parse(
	        (const char *)data, size, "client.authentication.k8s.io/v1", "plugin", &c, &reason);

	if (r < 0 ? !*reason.text || c.token.size > 0
	          : c.token.size == 0 && (c.certificate.size == 0 || c.key.size == 0))
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* Any PEM, and any DER in it. */

#include <stdint.h>

#include "base/base64.h"
#include "publish/kubernetes/certificate-validity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_secret_ struct secret pem = {}, der = {};
	int64_t t;

	secret_set(&pem, data, size);
	certificate_expiry(&pem, &t);
	secret_set_string(&der, "-----BEGIN CERTIFICATE-----\n");
	base64_encode(data, size, &der);
	secret_append_string(&der, "\n-----END CERTIFICATE-----\n");
	certificate_expiry(&der, &t);
	return 0;
}

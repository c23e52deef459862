/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When a client's certificate expires, because a server that rejects an expired one does not say
 * so. The kubeconfig or its exec plugin controls the certificate.
 */

#include <stdint.h>

#include "base/secret.h"

/*
 * Pure: finds the end of validity of the first certificate in PEM (RFC 5280, 4.1.2.5). Returns 0
 * and seconds since 1970, or -EBADMSG.
 */
int certificate_expiry(const struct secret *pem, int64_t *ret);

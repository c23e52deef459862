/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DPoP (RFC 9449): a JSON web token, new for each request, which proves that the sender holds the
 * key that an access token is bound to.
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/*
 * Appends the value of the DPoP header for a POST to this URL. key is a P-256 private key in PEM
 * (SEC 1 or PKCS #8). Returns 0, -EBADMSG with a reason if it is not such a key, or -EIO if OpenSSL
 * fails; then ret is as it was.
 */
int dpop_proof(const struct secret *key, const char *url, int64_t now, struct secret *ret,
        struct reason *ret_reason);

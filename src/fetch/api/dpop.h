/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DPoP (RFC 9449): the proof that a token is used by whoever holds the key it was given to, a JSON
 * web token of its own for each request.
 */

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/*
 * Appends the value of the DPoP header for a POST to this URL. key is a P-256 private key in PEM
 * (SEC 1 or PKCS #8). Returns 0, or with ret as it was -EBADMSG with a reason where it is no such
 * key, -EIO where OpenSSL fails.
 */
int dpop_proof(const struct secret *key, const char *url, int64_t now, struct secret *ret,
        struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A private key from a PEM file (PKCS#1, PKCS#8, SEC1, encrypted or not), or in a token that
 * OpenSSL's PKCS#11 provider uses. The owner of the profile controls the location and the files.
 */

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/reason.h"
#include "base/secret.h"

struct x509_key {
	EVP_PKEY *pkey;
	OSSL_LIB_CTX *context; /* the only context it can be used in; NULL: any */
};

/* Reports whether it is a "pkcs11:" URI (RFC 7512). */
bool x509_key_is_uri(const char *location);

/*
 * Returns how many bytes of it may be shown: a URI is cut before its query, and before pin-value
 * and pin-source, which may be in its path by mistake.
 */
int x509_key_shown(const char *location);

/*
 * Reads a key. location is a file or a URI; passphrase_file holds the pass phrase or PIN, or is
 * NULL. Returns 0, and a warning if every user can read or change the file (its code is ""
 * otherwise); or a negative errno with a reason, which repeats neither a URI's attributes nor the
 * files' contents.
 */
int x509_key_read(const char *location, const char *passphrase_file, struct x509_key *ret,
        struct reason *ret_warning, struct reason *ret_reason);

/*
 * Reports whether a certificate's public key is this key's. If a token cannot compare them, the
 * answer is yes.
 */
bool x509_key_matches(const struct x509_key *key, const EVP_PKEY *public);

/*
 * Appends the signature, with SHA-256: PKCS#1 v1.5, or ECDSA in DER. Returns 0, or -EIO; then ret
 * is as it was.
 */
int x509_key_sign(const struct x509_key *key, const void *data, size_t size, struct secret *ret);

void x509_key_done(struct x509_key *key);

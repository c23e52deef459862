/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A private key out of a PEM file (PKCS#1, PKCS#8, SEC1, encrypted or not), or one that stays where
 * it is and is used through PKCS#11 and OpenSSL's provider for that.
 */

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/reason.h"
#include "base/secret.h"

struct x509_key {
	EVP_PKEY *pkey;
	OSSL_LIB_CTX *context; /* where it can be used; NULL: everywhere */
};

/* A "pkcs11:" URI (RFC 7512). */
bool x509_key_is_uri(const char *location);

/*
 * How much of it can be shown: a URI ends before its query, and before pin-value and pin-source,
 * which somebody may have put into the path.
 */
int x509_key_shown(const char *location);

/*
 * location is a file or a URI; passphrase_file holds the pass phrase or PIN, NULL for none.
 * Returns 0, and a warning where everybody can read the file (its code is "" otherwise); or a
 * negative errno with a reason, which repeats neither a URI's attributes nor anything of the files.
 */
int x509_key_read(const char *location, const char *passphrase_file, struct x509_key *ret,
        struct reason *ret_warning, struct reason *ret_reason);

/* Whether a certificate's public key is this key's; a token may not tell, which counts as yes. */
bool x509_key_matches(const struct x509_key *key, const EVP_PKEY *public);

/*
 * Appends the signature, with SHA-256: PKCS#1 v1.5, or ECDSA's in its DER form. Returns 0, or -EIO
 * with ret as it was.
 */
int x509_key_sign(const struct x509_key *key, const void *data, size_t size, struct secret *ret);

void x509_key_done(struct x509_key *key);

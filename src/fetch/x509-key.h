/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A private key out of a PEM file (PKCS#1, PKCS#8, SEC1, encrypted or not), or one that stays where
 * it is and is used through PKCS#11 and OpenSSL's provider for that.
 */

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdbool.h>

#include "../common/reason.h"

struct x509_key {
	EVP_PKEY *pkey;
	/* Of a PKCS#11 key alone, which has an OpenSSL of its own. */
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *provider;
	OSSL_PROVIDER *default_provider;
};

/* A "pkcs11:" URI (RFC 7512). */
bool x509_key_is_uri(const char *location);

/*
 * location is a file or a URI; passphrase_file holds the pass phrase or PIN, NULL for none.
 * Returns 0, and a warning where everybody can read the file (its code is "" otherwise); or a
 * negative errno with a reason, which repeats neither a URI's attributes nor anything of the files.
 */
int x509_key_read(const char *location, const char *passphrase_file, struct x509_key *ret,
        struct reason *ret_warning, struct reason *ret_reason);

void x509_key_done(struct x509_key *key);

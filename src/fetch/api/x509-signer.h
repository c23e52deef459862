/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A workload's certificate and its private key, which IAM Roles Anywhere accepts instead of an
 * access key. The owner of the profile controls the files.
 */

#include "fetch/api/x509-certificate.h"
#include "fetch/api/x509-key.h"

struct x509_files {
	const char *certificate;
	const char *certificate_chain; /* or NULL */
	const char *private_key;       /* a file or a "pkcs11:" URI */
	const char *passphrase_file;   /* or NULL */
};

struct x509_signer {
	struct x509_certificates certificates;
	struct x509_key key;
	char *serial; /* of the first certificate, in decimal */
	bool is_rsa;  /* else ECDSA */
	struct reason warning;
};

/*
 * Reads and checks the files. now is in seconds since 1970. Returns 0, or a negative errno with a
 * reason, also if the key is not the certificate's or the certificate is not valid now.
 */
int x509_signer_open(const struct x509_files *files, int64_t now, struct x509_signer *ret,
        struct reason *ret_reason);

void x509_signer_done(struct x509_signer *signer);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Certificates in PEM files. The owner of the files controls them. */

#include <openssl/x509.h>

#include "base/reason.h"
#include "base/secret.h"

#define X509_CERTIFICATES_MAX 10

/* The first is the workload's, the others lead from it to the CA's. */
struct x509_certificates {
	X509 *items[X509_CERTIFICATES_MAX];
	size_t count;
};

/*
 * Adds a file's certificates, each only once. Returns 0, or a negative errno with a reason if the
 * file has none, one is malformed or there are too many.
 */
int x509_certificates_read(
        const char *path, struct x509_certificates *certificates, struct reason *ret_reason);

/*
 * Checks that the certificate, read from path, is valid at this time. Returns 0; -EKEYEXPIRED, or
 * -EAGAIN if it is not valid yet, with a reason that has the date.
 */
int x509_certificate_check_time(
        const X509 *certificate, const char *path, int64_t now, struct reason *ret_reason);

/* Returns the serial number in decimal. The caller frees it. */
char *x509_certificate_serial(const X509 *certificate);

/* Appends the DER form in base64. */
void x509_certificate_encode(const X509 *certificate, struct secret *ret);

void x509_certificates_done(struct x509_certificates *c);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Certificates out of PEM files. Whoever may write the files controls them. */

#include <openssl/x509.h>

#include "base/reason.h"
#include "base/secret.h"

#define X509_CERTIFICATES_MAX 10

/* The first is the workload's own, the others lead from it to the CA's. */
struct x509_certificates {
	X509 *items[X509_CERTIFICATES_MAX];
	size_t count;
};

/*
 * Adds a file's certificates to those that are there already, each once. Returns 0, or a negative
 * errno with a reason where there is none, one is malformed or they are too many.
 */
int x509_certificates_read(
        const char *path, struct x509_certificates *certificates, struct reason *ret_reason);

/*
 * Whether the certificate, which came from path, is good at this time. Returns 0, -EKEYEXPIRED, or
 * -EAGAIN where it is not good yet, with a reason that has the date.
 */
int x509_certificate_check_time(
        const X509 *certificate, const char *path, int64_t now, struct reason *ret_reason);

/* The serial number in decimal. */
char *x509_certificate_serial(const X509 *certificate);

/* Appends base64 of its DER form. */
void x509_certificate_encode(const X509 *certificate, struct secret *ret);

void x509_certificates_done(struct x509_certificates *c);

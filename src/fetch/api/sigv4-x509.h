/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * AWS Signature Version 4 with the key of a certificate. Source: "Signing process" in the IAM Roles
 * Anywhere User Guide.
 */

#include "fetch/api/sigv4.h"
#include "fetch/api/x509-signer.h"

/* Returns the signer for sigv4_authorize_with(). It refers to x509, which must outlive it. */
struct sigv4_signer sigv4_x509_signer(const struct x509_signer *x509);

/* Appends the values of the headers X-Amz-X509 and, empty without a chain, X-Amz-X509-Chain. */
void sigv4_x509_headers(
        const struct x509_signer *x509, struct secret *ret_certificate, struct secret *ret_chain);

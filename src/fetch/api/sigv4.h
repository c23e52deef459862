/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * AWS Signature Version 4, without the payload hash as a separate header. Source: "Create a signed
 * AWS API request", docs.aws.amazon.com/IAM/latest/UserGuide.
 */

#include "fetch/api/sigv4-canonical.h"

struct sigv4_scope {
	const char *date; /* X-Amz-Date, "20150830T123600Z" */
	const char *region;
	const char *service;
};

/* The key that signs, and how: an access key's secret, or a certificate's private key. */
struct sigv4_signer {
	const char *algorithm;
	const char *credential; /* precedes the scope: an access key id, a serial number */
	/*
	 * Appends the signature of a string to sign, in hex. Returns 0 or a negative errno; then
	 * ret is as it was.
	 */
	int (*sign)(const void *key, const struct sigv4_scope *scope, const struct secret *string,
	        struct secret *ret);
	const void *key;
};

#define SIGV4_HMAC "AWS4-HMAC-SHA256"

/*
 * Pure. Appends the string to sign. Returns 0, or -EIO if OpenSSL fails; then ret is as it was.
 */
int sigv4_string_to_sign(const char *algorithm, const struct sigv4_scope *scope,
        const struct secret *canonical_request, struct secret *ret);

/*
 * Appends the value of the Authorization header. Returns 0, -EINVAL if the scope's date is
 * malformed, or -EIO if OpenSSL fails; then ret is as it was.
 */
int sigv4_authorize(const struct sigv4_request *request, const struct sigv4_scope *scope,
        const char *access_key_id, const struct secret *secret_access_key, struct secret *ret);

/* The same with another signer, whose errors it also returns. */
int sigv4_authorize_with(const struct sigv4_request *request, const struct sigv4_scope *scope,
        const struct sigv4_signer *signer, struct secret *ret);

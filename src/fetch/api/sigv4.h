/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * AWS Signature Version 4, with the payload's hash unsigned by a header of its own.
 * Source: "Create a signed AWS API request", docs.aws.amazon.com/IAM/latest/UserGuide.
 */

#include "fetch/api/sigv4-canonical.h"

struct sigv4_scope {
	const char *date; /* X-Amz-Date, "20150830T123600Z" */
	const char *region;
	const char *service;
};

/* Who signs, and how: the shared secret of an access key, or the key of a certificate. */
struct sigv4_signer {
	const char *algorithm;
	const char *credential; /* in front of the scope: an access key id, a serial number */
	/* Appends the signature of a string to sign, in hex; a negative errno leaves ret as it was.
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
 * The value of the Authorization header, appended to ret.
 * Returns 0, or -EINVAL where the scope's date is malformed, -EIO where OpenSSL fails; then ret is
 * as it was.
 */
int sigv4_authorize(const struct sigv4_request *request, const struct sigv4_scope *scope,
        const char *access_key_id, const struct secret *secret_access_key, struct secret *ret);

/* The same with another signer's algorithm; fails as it does, too. */
int sigv4_authorize_with(const struct sigv4_request *request, const struct sigv4_scope *scope,
        const struct sigv4_signer *signer, struct secret *ret);

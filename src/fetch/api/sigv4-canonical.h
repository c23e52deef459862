/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A request in the canonical form that AWS Signature Version 4 signs.
 * Source: "Create a signed AWS API request", docs.aws.amazon.com/IAM/latest/UserGuide.
 */

#include "base/secret.h"

#define SIGV4_DIGEST_SIZE 32 /* SHA-256 */

struct sigv4_header {
	const char *name;
	const char *value;
};

struct sigv4_request {
	const char *method;
	const char *path;  /* as sent, "/" at least; the canonical form normalizes and encodes it */
	const char *query; /* as sent, without "?"; "" for none */
	const struct sigv4_header *headers; /* all are signed, Host and X-Amz-Date among them */
	size_t n_headers;
	const void *body;
	size_t body_size;
};

/*
 * Pure. Appends the canonical request. Returns 0, or -EIO if OpenSSL fails; then ret is as it was.
 */
int sigv4_canonical_request(const struct sigv4_request *request, struct secret *ret);

/* Appends the names of all headers as the Authorization header lists them: "host;x-amz-date". */
void sigv4_append_signed_headers(const struct sigv4_request *request, struct secret *ret);

/* Appends the SHA-256 of the data in hex. Returns 0, or -EIO if OpenSSL fails; then ret is as it
 * was. */
int sigv4_append_sha256(struct secret *ret, const void *data, size_t size);

/* Appends hashes and signatures as AWS expects them: in lower-case hex. */
void sigv4_append_hex(struct secret *ret, const void *data, size_t size);

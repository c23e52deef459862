/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of a signature that are made of the request alone. For sigv4.c only. */

#include "fetch/api/sigv4.h"

/* "host;x-amz-date": the names of all headers, as the Authorization header has them. */
void sigv4_append_signed_headers(const struct sigv4_request *request, struct secret *ret);

/* In hex. Returns 0, or -EIO where OpenSSL fails, with ret as it was. */
int sigv4_append_sha256(struct secret *ret, const void *data, size_t size);

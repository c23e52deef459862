/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When a client's certificate runs out: the one thing that a server which does not take it any more
 * keeps to itself.
 */

#include <stdint.h>

#include "base/secret.h"

/*
 * Pure. The end of the validity of the first certificate in PEM (RFC 5280, 4.1.2.5). Returns 0 and
 * seconds since 1970, or -EBADMSG.
 */
int certificate_expiry(const struct secret *pem, int64_t *ret);

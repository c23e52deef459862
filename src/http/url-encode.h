/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Percent-encoding. Source: RFC 3986 sections 2.1 and 2.3. */

#include "base/secret.h"

/* Appends the bytes; encodes all but unreserved characters. */
void url_append_encoded(struct secret *ret, const char *bytes, size_t size);

/* Appends KEY=VALUE to a query or a form, after "&" unless it is the first. */
void url_append_parameter(struct secret *query, const char *key, const char *value);

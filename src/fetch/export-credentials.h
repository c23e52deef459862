/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The credentials of one identity, for programs that take them from a `credential_process`.
 * Source: "Process credential provider" in the AWS SDKs and Tools Reference Guide.
 */

#include "base/secret.h"
#include "fetch/identity/credentials.h"

/* Pure. Appends the JSON text and a newline. */
void export_credentials_format(const struct credentials *credentials, struct secret *ret);

/*
 * Resolves the identity ("" is the default one) and prints its credentials to stdout, even to a
 * terminal. config is --config or NULL. Returns an exit status.
 */
int export_credentials_run(const char *config, const char *identity);

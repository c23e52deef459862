/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The credentials of one identity, for programs that take them from a `credential_process`.
 * Source: "Process credential provider" in the AWS SDKs and Tools Reference Guide.
 */

#include "base/secret.h"
#include "fetch/identity/credentials.h"

/* Pure: the JSON text with a newline behind it, appended to ret. */
void export_credentials_format(const struct credentials *credentials, struct secret *ret);

/*
 * Resolves the identity ("" is the default one) and prints it to stdout, whatever that is: it was
 * asked for. config: --config or NULL. Returns an exit status.
 */
int export_credentials_run(const char *config, const char *identity);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The part of `ecr-refresher check` that needs the network and the identities' secrets. */

#include <stdbool.h>

/*
 * Resolves every identity that a registry uses and prints to stdout who each is, or what was tried
 * and why it was in vain. online: also asks AWS who it is and for a token, and each registry
 * whether it takes the token that is in use. Delivers nothing. config: --config or NULL. Returns an
 * exit status: 1 where something does not work.
 */
int check_run(const char *config, bool online);

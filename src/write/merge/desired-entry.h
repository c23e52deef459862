/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an authfile should hold for one host. */

#include <stdint.h>

#include "base/secret.h"

struct desired_entry {
	const char *host; /* bare, lower case */
	/* The auth it should have, base64; empty: our entry should be removed. */
	const struct secret *auth;
	/* written_hash() of auth; if that is empty, of the auth of the only entry that is ours. */
	uint64_t hash;
};

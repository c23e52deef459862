/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/* AWS credentials, and the provider that supplied them. */
struct credentials {
	char *access_key_id;
	struct secret secret_access_key;
	struct secret session_token; /* empty for long-lived keys */
	int64_t expires_at;          /* 0: they do not expire */
	char *account_id;            /* if the provider knows it, else NULL */
	const char *provider;        /* its name in provider-chain.c, a literal; set there */
	struct reason
	        warning; /* a problem that does not prevent their use; its code is "" if none */
};

void credentials_done(struct credentials *c);

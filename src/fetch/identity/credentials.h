/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "base/reason.h"
#include "base/secret.h"

/* AWS credentials, and who gave them. */
struct credentials {
	char *access_key_id;
	struct secret secret_access_key;
	struct secret session_token; /* empty for long-lived keys */
	int64_t expires_at;          /* 0: they do not end */
	char *account_id;            /* where the provider said so, else NULL */
	const char *provider;        /* its name in provider-chain.c, a literal; set there */
	struct reason warning;       /* what is wrong with them all the same; its code is "" else */
};

void credentials_done(struct credentials *c);

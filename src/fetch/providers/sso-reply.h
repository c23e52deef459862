/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The replies of IAM Identity Center's two APIs. The network controls them. */

#include "base/reason.h"
#include "fetch/identity/credentials.h"

/* A renewed session. */
struct sso_token {
	struct secret access_token;
	struct secret refresh_token; /* empty if the old one stays valid */
	int64_t expires_in;          /* seconds */
};

/*
 * Pure. The reply to GetRoleCredentials (IAM Identity Center Portal API Reference). Returns 0, or
 * -EBADMSG with a reason.
 */
int sso_parse_role_credentials(
        const char *body, size_t size, struct credentials *ret, struct reason *ret_reason);

/*
 * Pure. The reply to CreateToken (IAM Identity Center OIDC API Reference). Returns 0, or -EBADMSG
 * with a reason.
 */
int sso_parse_token(
        const char *body, size_t size, struct sso_token *ret, struct reason *ret_reason);

void sso_token_done(struct sso_token *token);

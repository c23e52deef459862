/* SPDX-License-Identifier: Apache-2.0 */

/* A reply of IAM Identity Center, read as both kinds. */

#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "fetch/providers/sso-reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(credentials_done) struct credentials c = {};
	_cleanup_(sso_token_done) struct sso_token token = {};
	struct reason reason = {};

	/* An accepted text is valid in a header. */
	if (sso_parse_role_credentials((const char *)data, size, &c, &reason) == 0 &&
	        (!text_is_word(c.access_key_id, SIZE_MAX) ||
	                !text_is_word(secret_string(&c.session_token), SIZE_MAX) ||
	                c.expires_at < 0))
		abort();
	if (sso_parse_token((const char *)data, size, &token, &reason) == 0 &&
	        (!text_is_word(secret_string(&token.access_token), SIZE_MAX) ||
	                token.expires_in < 0))
		abort();
	return 0;
}

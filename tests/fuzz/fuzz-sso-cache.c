/* SPDX-License-Identifier: Apache-2.0 */

/* A cached session of `aws sso login`: read, and written with a new token. */

#include <stdint.h>
#include <stdlib.h>

#include "fetch/providers/sso-cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(sso_session_done) struct sso_session session = {}, again = {};
	_cleanup_(sso_token_done) struct sso_token token = {.expires_in = 3600};
	_secret_ struct secret text = {};
	struct reason reason = {};

	if (sso_cache_parse((const char *)data, size, &session, &reason) < 0)
		return 0;
	secret_set_string(&token.access_token, "new");
	sso_cache_update((const char *)data, size, &token, 0, &text);
	if (sso_cache_parse(text.data, text.size, &again, &reason) < 0 ||
	        !secret_equal(&again.access_token, &token.access_token) ||
	        !secret_equal(&again.refresh_token, &session.refresh_token) ||
	        again.expires_at != 3600)
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* A cache of `aws login`: read, and written with new credentials; and the same data as a reply. */

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "fetch/providers/login-cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(login_session_done) struct login_session session = {}, again = {};
	_cleanup_(login_token_done) struct login_token reply = {}, token = {};
	_secret_ struct secret text = {};
	struct reason reason = {};

	login_parse_token((const char *)data, size, 0, &reply, &reason);
	if (login_cache_parse((const char *)data, size, &session, &reason) < 0)
		return 0;
	token.credentials.access_key_id = xstrdup("ASIA");
	token.credentials.expires_at = 900;
	secret_set_string(&token.credentials.secret_access_key, "secret");
	secret_set_string(&token.credentials.session_token, "token");
	secret_set_string(&token.refresh_token, "refresh");
	login_cache_update((const char *)data, size, &token, &text);
	if (login_cache_parse(text.data, text.size, &again, &reason) < 0 ||
	        !secret_equal(&again.refresh_token, &token.refresh_token) ||
	        !secret_equal(&again.client_id, &session.client_id) ||
	        !secret_equal(&again.dpop_key, &session.dpop_key) ||
	        again.credentials.expires_at != 900)
		abort();
	return 0;
}

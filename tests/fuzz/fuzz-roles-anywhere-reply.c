/* SPDX-License-Identifier: Apache-2.0 */

/* A reply to CreateSession: accepted credentials can be used in headers. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/providers/roles-anywhere-reply.h"

#define NOW 1790000000 /* in September 2026 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	if (!*text)
		abort();
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credentials c = {};
	struct reason why = {};

	if (roles_anywhere_parse_session((const char *)data, size, NOW, &c, &why) < 0) {
		check_text(why.code);
		return 0;
	}
	check_text(c.access_key_id);
	check_text(secret_string(&c.secret_access_key));
	check_text(secret_string(&c.session_token));
	if (c.expires_at <= NOW)
		abort();
	credentials_done(&c);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* Any reply of STS: an accepted one is complete and valid in a header. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/api/sts-reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_text(const char *s)
{
	if (!s || !*s || strpbrk(s, "\r\n"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(credentials_done) struct credentials c = {};
	struct sts_caller caller = {};
	const char *body = (const char *)data;

	if (sts_parse_credentials(body, size, &c, NULL) == 0) {
		must_be_text(c.access_key_id);
		must_be_text(secret_string(&c.secret_access_key));
		must_be_text(secret_string(&c.session_token));
	} else if (c.access_key_id || c.secret_access_key.data) {
		abort();
	}
	if (sts_parse_caller(body, size, &caller, NULL) == 0)
		must_be_text(caller.arn);
	return 0;
}

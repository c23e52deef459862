/* SPDX-License-Identifier: Apache-2.0 */

/* The output of a credential_process. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/providers/process-reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct credentials c = {};
	struct reason why = {};
	int r = process_read_credentials(text, size, "profile p", NULL, &c, &why);

	if (r == 0 ? !c.access_key_id || c.secret_access_key.size == 0 ||
	                        strpbrk(secret_string(&c.session_token), " \r\n")
	           : c.access_key_id || !*why.text)
		abort();
	credentials_done(&c);
	return 0;
}

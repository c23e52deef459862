/* SPDX-License-Identifier: Apache-2.0 */
/* Any input to the credential helper. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pull/helper-protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *server = NULL, *stored = NULL;
	_secret_ struct secret authorization = {}, answer = {};
	struct reason reason;

	if (helper_read_server((const char *)data, size, &server, &reason) == 0 &&
	        (!*server || strpbrk(server, "\r\n")))
		abort();
	if (helper_read_store((const char *)data, size, &stored, &reason) == 0 && !*stored)
		abort();
	secret_set(&authorization, data, size);
	if (helper_format_reply("h", &authorization, &answer, &reason) == 0 &&
	        answer.data[answer.size - 1] != '\n')
		abort();
	return 0;
}

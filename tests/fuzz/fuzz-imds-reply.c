/* SPDX-License-Identifier: Apache-2.0 */

/* Replies of the instance metadata service: a role, its credentials, a region. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/providers/imds-reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct credentials c = {};
	struct reason why = {};
	char role[IMDS_ROLE_MAX_SIZE] = "", region[REGION_MAX_SIZE] = "";
	int r = imds_read_credentials(text, size, "role", &c, &why);

	if (imds_read_role(text, size, role, NULL) == 0 &&
	        (!*role || strpbrk(role, "/?# \r\n%") || strlen(role) >= sizeof(role)))
		abort();
	if (imds_read_region(text, size, region, NULL) == 0 && !region_is_valid(region))
		abort();
	if (r == 0 ? !c.access_key_id || c.secret_access_key.size == 0 ||
	                        strpbrk(secret_string(&c.session_token), " \r\n")
	           : c.access_key_id || !*why.text)
		abort();
	credentials_done(&c);
	return 0;
}

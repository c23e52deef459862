/* SPDX-License-Identifier: Apache-2.0 */

/* A full URI of a container's credentials. Without TLS it may only lead to local addresses. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "fetch/providers/container-uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = xstrndup((const char *)data, size);
	struct container_uri uri = {};
	struct reason why = {};
	const char *host = uri.parts.host;
	int r = container_uri(NULL, text, &uri, &why);

	if (r != 1) {
		if (!*why.text || *uri.url)
			abort();
	} else if (!uri.parts.is_https) {
		if (strncmp(host, "127.", 4) != 0 && strncmp(host, "169.254.170.2", 13) != 0 &&
		        strcasecmp(host, "localhost") != 0 && !uri.parts.is_ipv6)
			abort();
	}
	if (*text && container_uri(text, NULL, &uri, &why) == 1 &&
	        strncmp(uri.url, "http://169.254.170.2/", 21) != 0)
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */

/* Any url: what is accepted has a server without a trailing slash, and a project that needs no
 * escape. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "publish/rancher/rancher-url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = xstrndup((const char *)data, size);
	struct rancher_url url = {};

	if (rancher_url_parse(text, &url, NULL) < 0) {
		must(!*url.server && !*url.project);
		return 0;
	}
	must(strstr(url.server, "://") != NULL && url.server[strlen(url.server) - 1] != '/');
	must(!strpbrk(url.server, "@?# \r\n") && !strpbrk(url.project, "/?# \r\n"));
	return 0;
}

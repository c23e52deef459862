/* SPDX-License-Identifier: Apache-2.0 */

/* Any reply of either Rancher: what becomes part of a URL or a message needs no escape there. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "publish/rancher/rancher-match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = (const char *)data;
	_cleanup_(rancher_list_done) struct rancher_list list = {};
	_cleanup_(rancher_row_done) struct rancher_row row = {};
	struct rancher_error error;
	char host[256];

	rancher_list_parse(body, size, &list, NULL);
	for (size_t i = 0; i < list.count; i++) {
		must(*list.rows[i].id && !strpbrk(list.rows[i].id, "/?#% \r\n"));
		rancher_registry_is(&list.rows[i], "host.example");
		if (list.rows[i].address && rancher_address_host(list.rows[i].address, host, 256))
			must(*host && !strpbrk(host, ":/ "));
		rancher_choose_credential(&list, list.rows[i].id);
	}
	must(!strpbrk(list.next, "# \r\n"));
	must(rancher_row_parse(body, size, &row, NULL) < 0 || *row.id);
	rancher_error_parse(body, size, &error);
	must(!strpbrk(error.message, "\r\n\t") && !strpbrk(error.code, "\r\n\t"));
	rancher_root_parse(body, size);
	return 0;
}

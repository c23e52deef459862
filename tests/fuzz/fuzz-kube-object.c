/* SPDX-License-Identifier: Apache-2.0 */

/* Any object of a list: it has the required members, or is refused. */

#include <stdint.h>
#include <stdlib.h>

#include "publish/kubernetes/kube-object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_json_ struct json_object *json = json_parse((const char *)data, size);
	_cleanup_(kube_object_done) struct kube_object o = {};
	int r = kube_object_read(json, &o);

	if (r < 0 ? o.name || o.n_pull_secrets > 0 : !o.namespace || !*o.name || !*o.uid)
		abort();
	return 0;
}

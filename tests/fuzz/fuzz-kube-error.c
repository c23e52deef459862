/* SPDX-License-Identifier: Apache-2.0 */

/* Any Status object, with each status that has a meaning: there is always a reason. */

#include <stdint.h>
#include <stdlib.h>

#include "publish/kubernetes/kube-error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const long statuses[] = {400, 401, 403, 404, 409, 410, 422, 429, 500, 503};
	_json_ struct json_object *body = json_parse((const char *)data, size);
	const struct kube_request requests[] = {
	        {.verb = "list", .resource = "secrets"},
	        {.verb = "patch", .resource = "secrets", .namespace = "a", .name = "b"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		for (size_t k = 0; k < ARRAY_SIZE(requests); k++) {
			struct reason reason = {};

			if (kube_error_explain(
			            &requests[k], statuses[i], body, "the user u", &reason) >= 0 ||
			        !*reason.code || !*reason.text)
				abort();
		}
	return 0;
}

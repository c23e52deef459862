/* SPDX-License-Identifier: Apache-2.0 */

/* Any request to the kubelet plugin: for each that is accepted, a reply in JSON can be made. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "pull/kubelet-reply.h"
#include "pull/kubelet-request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(kubelet_request_done) struct kubelet_request request = {};
	_secret_ struct secret token = {}, reply = {};
	_json_ struct json_object *json = NULL;
	struct reason reason = {};

	if (kubelet_request_parse((const char *)data, size, NULL, &request, &reason) < 0) {
		must(*reason.code && *reason.text && !request.api_version && !request.registry);
		return 0;
	}
	must(request.api_version && !request.role_arn == !request.token.size);
	secret_set_string(&token, "VTpQ");
	if (request.registry)
		must(kubelet_reply_format(request.api_version, request.registry, &token, 9, 0,
		             &reply, NULL) == 0);
	else
		kubelet_reply_nothing(request.api_version, &reply);
	json = json_parse(reply.data, reply.size);
	must(json && json_object_object_length(json) == 5);
	return 0;
}

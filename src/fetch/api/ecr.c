/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/api/ecr.h"

#include <string.h>

#include "base/timestamp.h"
#include "fetch/api/aws-call.h"

#define BODY "{}"

int ecr_get_authorization_token(const struct ecr_call *call, struct ecr_token *ret,
        int64_t *ret_skew, struct reason *ret_reason)
{
	bool is_public = call->service == SERVICE_ECR_PUBLIC;
	const struct http_header headers[] = {
	        {"Content-Type", "application/x-amz-json-1.1"},
	        {"X-Amz-Target",
	                is_public ? "SpencerFrontendService.GetAuthorizationToken"
	                          : "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"},
	};
	_cleanup_(aws_reply_done) struct aws_reply reply = {};
	int r = aws_call(
	        &(struct aws_call){
	                .identity = call->identity,
	                .service = call->service,
	                .partition = call->partition,
	                .region = call->region,
	                .fips = call->fips,
	                .dualstack = call->dualstack,
	                .method = "POST",
	                .path = "/",
	                .headers = headers,
	                .n_headers = ARRAY_SIZE(headers),
	                .body = BODY,
	                .body_size = strlen(BODY),
	                .credentials = call->credentials,
	                .permission = is_public ? "ecr-public:GetAuthorizationToken and "
	                                          "sts:GetServiceBearerToken"
	                                        : "ecr:GetAuthorizationToken",
	                .deadline = call->deadline,
	        },
	        &reply, ret_reason);

	*ret_skew = reply.skew;
	if (r < 0)
		return r;
	return ecr_parse_token(reply.body.data, reply.body.size, call->service,
	        timestamp_now() + reply.skew, ret, ret_reason);
}

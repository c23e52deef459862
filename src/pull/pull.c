/* SPDX-License-Identifier: Apache-2.0 */
#include "pull.h"

#include <errno.h>

int pull_answer_get(
        const struct pull_request *request, struct pull_answer *ret, struct reason *ret_reason)
{
	struct registry_host host;

	if (registry_host_parse(request->host, &host) < 0)
		return reason_set(ret_reason, ENOTSUP, "not-ecr", "not an ECR registry");
	return reason_set(ret_reason, EOPNOTSUPP, "no-token", "there is no token");
}

void pull_answer_done(struct pull_answer *a)
{
	secret_done(&a->authorization);
	*a = (struct pull_answer){};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials of the instance's role take three requests. The server at the metadata service's
 * address controls the replies.
 */
#include "fetch/providers/provider-imds.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timestamp.h"
#include "fetch/providers/imds-reply.h"
#include "fetch/providers/imds.h"
#include "http/backoff.h"

#define ROLES "meta-data/iam/security-credentials/"
#define REGION "meta-data/placement/region"

/* Returns 1, 0 with a reason if the instance has no role, or a negative errno with a reason. */
static int find_role(
        const struct imds *imds, char ret[static IMDS_ROLE_MAX_SIZE], struct reason *ret_reason)
{
	_secret_ struct secret body = {};
	int r = imds_get(imds, ROLES, &body, ret_reason);

	if (r == -ENOENT || (r == 0 && body.size == 0)) {
		reason_set(ret_reason, ENOENT, "no-role",
		        "EC2 metadata: the instance has no role; attach an instance profile (aws "
		        "ec2 associate-iam-instance-profile)");
		return 0;
	}
	/* Without a token it may be another cloud's service, or IMDS may be disabled. */
	if (r == -EREMOTEIO && imds->token.size == 0)
		return 0;
	if (r == 0)
		r = imds_read_role(secret_string(&body), body.size, ret, ret_reason);
	return r < 0 ? r : 1;
}

int provider_imds(const struct identity *identity, const struct profile *profile _unused_,
        struct credentials *ret, struct reason *ret_reason)
{
	_cleanup_(imds_done) struct imds imds = {};
	_cleanup_(freep) char *path = NULL;
	_secret_ struct secret body = {};
	char role[IMDS_ROLE_MAX_SIZE];
	int r = imds_open(identity, &imds, ret_reason);

	if (r > 0)
		r = find_role(&imds, role, ret_reason);
	if (r <= 0)
		return r;
	path = xasprintf(ROLES "%s", role);
	r = imds_get(&imds, path, &body, ret_reason);
	if (r == 0)
		r = imds_read_credentials(secret_string(&body), body.size, role, ret, ret_reason);
	if (r < 0)
		return r;
	ret->expires_at = imds_extend(ret->expires_at, timestamp_now(), backoff_random());
	return 1;
}

int imds_region(const struct identity *identity, char ret_region[static REGION_MAX_SIZE],
        struct reason *ret_reason)
{
	_cleanup_(imds_done) struct imds imds = {};
	_secret_ struct secret body = {};
	int r = imds_open(identity, &imds, ret_reason);

	if (r <= 0)
		return r;
	r = imds_get(&imds, REGION, &body, ret_reason);
	if (r == -EREMOTEIO && imds.token.size == 0)
		return 0;
	if (r == 0)
		r = imds_read_region(secret_string(&body), body.size, ret_region, ret_reason);
	return r < 0 ? r : 1;
}

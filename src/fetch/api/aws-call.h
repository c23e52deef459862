/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A call of an AWS API: finds the endpoint, signs by the service's clock, and retries as the SDKs'
 * standard retry mode does. The network controls the reply.
 */

#include "aws/registry-host.h"
#include "base/reason.h"
#include "fetch/api/sigv4.h"
#include "fetch/identity/credentials.h"
#include "http/http.h"

struct identity;

struct aws_call {
	/*
	 * Its endpoint_url, use_fips_endpoint, ca_bundle and so on apply as well as the
	 * environment's; or NULL.
	 */
	const struct identity *identity;
	enum aws_service service;
	const struct partition *partition;
	const char *region;
	bool fips; /* required by a registry's host; the identity may also require it */
	bool dualstack;
	const char *method;
	const char *path;  /* below the endpoint's own; at least "/" */
	const char *query; /* without "?", encoded; NULL for none */
	/* Besides Host and those of the signature; all are signed. At most AWS_CALL_MAX_HEADERS. */
	const struct http_header *headers;
	size_t n_headers;
	const void *body;
	size_t body_size;
	const struct credentials *credentials; /* NULL: the operation is not signed */
	const struct sigv4_signer *signer;     /* signs instead of credentials; or NULL */
	const char *permission;                /* the IAM action it needs, for messages */
	const char
	        *refusal_fix; /* how to fix a refusal, if not by allowing the permission; or NULL */
	uint64_t deadline;    /* monotonic_now() */
};

#define AWS_CALL_MAX_HEADERS 8

struct aws_reply {
	struct secret body;
	int64_t skew; /* seconds by which the service's clock is ahead, if that was compensated */
};

/*
 * Returns 0 and the body of a reply with status 200 or 201. Otherwise returns a negative errno and
 * a reason; for -EREMOTEIO its code is the service's, if it gave one. Sets ret->skew in both cases.
 */
int aws_call(const struct aws_call *call, struct aws_reply *ret, struct reason *ret_reason);

void aws_reply_done(struct aws_reply *r);

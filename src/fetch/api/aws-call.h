/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One operation of an AWS API: found, signed by the service's clock, sent, and tried again as the
 * standard retry mode of the SDKs does. The network controls the reply.
 */

#include "aws/registry-host.h"
#include "base/reason.h"
#include "fetch/api/sigv4.h"
#include "fetch/identity/credentials.h"
#include "http/http.h"

struct identity;

struct aws_call {
	/* Whose endpoint_url, use_fips_endpoint, ca_bundle and the like count, besides the
	 * environment's; or NULL. */
	const struct identity *identity;
	enum aws_service service;
	const struct partition *partition;
	const char *region;
	bool fips; /* asked for by a registry's host; the identity may ask for it, too */
	bool dualstack;
	const char *method;
	const char *path;  /* below the endpoint's own, "/" at least */
	const char *query; /* without "?", encoded; NULL for none */
	/* Besides Host and those of the signature; all are signed. At most AWS_CALL_MAX_HEADERS. */
	const struct http_header *headers;
	size_t n_headers;
	const void *body;
	size_t body_size;
	const struct credentials *credentials; /* NULL: the operation is not signed */
	const struct sigv4_signer *signer;     /* signs in the place of credentials; or NULL */
	const char *permission;   /* the IAM action it needs, for the mend of a refusal */
	const char *refusal_mend; /* where that is not to allow the permission; or NULL */
	uint64_t deadline;        /* monotonic_now() */
};

#define AWS_CALL_MAX_HEADERS 8

struct aws_reply {
	struct secret body;
	int64_t skew; /* how far the service's clock is ahead, where that had to be made up for */
};

/*
 * Returns 0 and the body of a reply with status 200 or 201. Otherwise a negative errno and a
 * reason, whose code is the service's where it gave one (-EREMOTEIO); ret->skew is set then, too.
 */
int aws_call(const struct aws_call *call, struct aws_reply *ret, struct reason *ret_reason);

void aws_reply_done(struct aws_reply *r);

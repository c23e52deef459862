/* SPDX-License-Identifier: Apache-2.0 */
/* The server at the endpoint controls the replies; outside of EC2 it can be any server. */
#include "fetch/providers/imds.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "fetch/providers/credentials-json.h"
#include "fetch/providers/local-call.h"

#define TOKEN_TTL_SECONDS "21600" /* the SDKs' value; it is used for seconds */

static int call(const struct imds *imds, const char *method, const char *path,
        const struct http_header *header, struct http_reply *ret, struct reason *ret_reason)
{
	_cleanup_(freep) char *url = xasprintf("%s/latest/%s", imds->settings.endpoint, path);

	return local_call(&(struct local_call){.method = method,
	                          .url = url,
	                          .headers = header,
	                          .n_headers = header ? 1 : 0,
	                          .attempts = imds->settings.attempts,
	                          .timeout_usec = imds->settings.timeout_usec,
	                          .deadline = imds->deadline},
	        ret, ret_reason);
}

/*
 * The hop limit lets the reply to the PUT, and no other, expire on its way into a container or a
 * virtual machine, which looks like a timeout.
 */
static int fail_without_reply(const struct imds *imds, int error, struct reason *ret_reason)
{
	if (error == -ETIMEDOUT)
		reason_set(ret_reason, ENOENT, "no-metadata",
		        "EC2 metadata: %s did not answer the request for a token in %u attempts; "
		        "this is not an EC2 instance, or it is a container on one with a too low "
		        "hop limit: raise HttpPutResponseHopLimit to 2 (aws ec2 "
		        "modify-instance-metadata-options --http-put-response-hop-limit 2)",
		        imds->settings.endpoint, imds->settings.attempts);
	else
		reason_set(ret_reason, ENOENT, "no-metadata",
		        "EC2 metadata: %s %s; this is not an EC2 instance, or its firewall blocks "
		        "the address",
		        imds->settings.endpoint, local_call_failure(error));
	return 0;
}

/* The reply to the request for a token had another status. The CLI takes these for IMDSv1. */
static int fall_back(const struct imds *imds, long status, struct reason *ret_reason)
{
	bool is_v1 = status == 403 || status == 404 || status == 405;

	if (is_v1 && !imds->settings.v1_disabled)
		return 1;
	if (is_v1)
		reason_set(ret_reason, ENOENT, "no-imdsv2",
		        "EC2 metadata: %s refused IMDSv2 with HTTP %ld, and IMDSv1 is disabled "
		        "(ec2_metadata_v1_disabled); enable IMDS for the instance (aws ec2 "
		        "modify-instance-metadata-options --http-endpoint enabled)",
		        imds->settings.endpoint, status);
	else
		reason_set(ret_reason, ENOENT, "no-metadata",
		        "EC2 metadata: %s answered HTTP %ld to the request for a token; this is "
		        "not an EC2 instance, or the next run tries again",
		        imds->settings.endpoint, status);
	return 0;
}

static int get_token(struct imds *imds, struct reason *ret_reason)
{
	static const struct http_header ttl = {
	        "X-aws-ec2-metadata-token-ttl-seconds", TOKEN_TTL_SECONDS};
	_cleanup_(http_reply_done) struct http_reply reply = {};
	int r = call(imds, "PUT", "api/token", &ttl, &reply, ret_reason);

	if (r < 0)
		return fail_without_reply(imds, r, ret_reason);
	if (reply.status != 200)
		return fall_back(imds, reply.status, ret_reason);
	if (!credentials_text_is_clean(secret_string(&reply.body)) ||
	        strlen(reply.body.data) != reply.body.size) {
		reason_set(ret_reason, ENOENT, "no-metadata",
		        "EC2 metadata: %s answered the request for a token with something else; "
		        "this is not an EC2 instance, or a proxy answers there",
		        imds->settings.endpoint);
		return 0;
	}
	secret_move(&imds->token, &reply.body);
	return 1;
}

int imds_open(const struct identity *identity, struct imds *ret, struct reason *ret_reason)
{
	_cleanup_(imds_done) struct imds imds = {.deadline = identity->deadline};
	struct secret *shared = identity->metadata_token;
	int r = imds_settings_read(identity, &imds.settings, ret_reason);

	if (r <= 0)
		return r;
	if (shared && shared->size > 0) {
		secret_set(&imds.token, shared->data, shared->size);
	} else {
		r = get_token(&imds, ret_reason);
		if (r <= 0)
			return r;
		if (shared && imds.token.size > 0)
			secret_set(shared, imds.token.data, imds.token.size);
	}
	*ret = imds;
	imds = (struct imds){};
	return 1;
}

static int fail_with_status(
        const struct imds *imds, const char *path, long status, struct reason *ret_reason)
{
	const char *fix = "the next run tries again";

	if (status == 401)
		fix = imds->token.size > 0 ? "it refused the token that it had just issued"
		                           : "it requires IMDSv2, but refuses its token: check "
		                             "for a proxy in between";
	else if (status == 403)
		fix = "enable IMDS for the instance (aws ec2 modify-instance-metadata-options "
		      "--http-endpoint enabled)";
	else if (status < 500 && status != 429)
		fix = "check that EC2 answers there";
	return reason_set(ret_reason, status == 404 ? ENOENT : EREMOTEIO, "metadata-refused",
	        "EC2 metadata: %s/latest/%s answered HTTP %ld; %s", imds->settings.endpoint, path,
	        status, fix);
}

int imds_get(
        const struct imds *imds, const char *path, struct secret *ret, struct reason *ret_reason)
{
	const struct http_header token = {"X-aws-ec2-metadata-token", secret_string(&imds->token)};
	_cleanup_(http_reply_done) struct http_reply reply = {};
	int r = call(imds, "GET", path, imds->token.size > 0 ? &token : NULL, &reply, ret_reason);

	if (r < 0)
		return reason_set(ret_reason, -r, "metadata-unreachable",
		        "EC2 metadata: %s/latest/%s %s; the next run tries again",
		        imds->settings.endpoint, path, local_call_failure(r));
	if (reply.status != 200)
		return fail_with_status(imds, path, reply.status, ret_reason);
	secret_move(ret, &reply.body);
	return 0;
}

void imds_done(struct imds *imds)
{
	secret_done(&imds->token);
	*imds = (struct imds){};
}

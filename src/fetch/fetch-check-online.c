/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of a fetch, and docker's first request to a registry. The network controls the replies;
 * of a registry's reply only status and date are read.
 */
#include "fetch/fetch-check-online.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "base/timestamp.h"
#include "http/http.h"

#define SKEW_SECONDS 240 /* as in aws-call.c */

void fetch_check_get_token(struct fetch_check_token *t, uint64_t deadline)
{
	const struct token_request *request = t->request;
	struct ecr_call call = {.identity = &t->identity->identity,
	        .service = request->key.service,
	        .partition = request->key.partition,
	        .region = request->key.region,
	        .fips = request->fips,
	        .dualstack = request->dualstack,
	        .credentials = &t->identity->credentials,
	        .deadline = deadline};

	if (!*call.region) {
		call.region = t->identity->region;
		call.partition = partition_of_region(call.region);
	}
	t->error = ecr_get_authorization_token(&call, &t->token, &t->skew, &t->reason);
}

static int get(struct fetch_check_registry *r, const char *path, uint64_t deadline)
{
	_secret_ struct secret authorization = {};
	_cleanup_(http_reply_done) struct http_reply reply = {};
	_cleanup_(freep) char *url = xasprintf("https://%s%s", r->host, path);
	struct http_header header = {.name = "Authorization"};
	int error;

	secret_set_string(&authorization, "Basic ");
	secret_append(&authorization, r->authorization->data, r->authorization->size);
	header.value = secret_string(&authorization);
	error = http_call(&(struct http_request){.method = "GET",
	                          .url = url,
	                          .headers = &header,
	                          .n_headers = 1,
	                          .deadline = deadline},
	        &reply, &r->reason);
	if (error < 0)
		return error;
	r->status = reply.status;
	r->skew = reply.date ? reply.date - timestamp_now() : 0;
	return 0;
}

/* ECR Public accepts Basic only for its token endpoint, other registries for everything. */
void fetch_check_try_registry(struct fetch_check_registry *r, uint64_t deadline)
{
	if (r->service == SERVICE_ECR_PUBLIC)
		r->error = get(r, "/token/?service=public.ecr.aws&scope=aws", deadline);
	if (r->service != SERVICE_ECR_PUBLIC || r->status == 404)
		r->error = get(r, "/v2/", deadline);
}

void fetch_check_report_token(const struct fetch_check_token *t, struct findings *ret)
{
	char hosts[512];
	struct finding *f;
	const char *code;

	plan_label_hosts(t->request, t->token.proxy_host, hosts, sizeof(hosts));
	if (t->error == 0) {
		findings_add(ret, FINDING_GOOD, "%s: AWS issues a token", hosts);
		return;
	}
	code = finding_code_of(t->reason.code);
	f = findings_add_bad(ret, code, "%s: AWS refused a token", hosts);
	finding_add_reason(f, &t->reason);
	if (strcmp(code, "no-route") == 0)
		finding_add_line(f, "a VPC without internet access needs interface endpoints for "
		                    "ecr.api, ecr.dkr and sts, and a gateway endpoint for s3");
}

static void report_refusal(
        const struct fetch_check_registry *r, bool is_system, struct findings *ret)
{
	struct finding *f = findings_add_bad(
	        ret, "token-refused", "%s: the registry refuses the token", r->host);

	finding_add_line(f, "it answered HTTP %ld to the token that %s", r->status,
	        r->is_in_use ? "is in use" : "AWS has just issued");
	finding_add_line(f,
	        "the token may be revoked or for another account or region, or a policy of "
	        "the VPC endpoint denies it");
	finding_add_command(f, "%secr-refresher refresh --force", is_system ? "sudo " : "");
}

void fetch_check_report_registry(
        const struct fetch_check_registry *r, bool is_system, struct findings *ret)
{
	struct finding *f;

	if (r->error < 0) {
		const char *code = finding_code_of(r->reason.code);

		f = findings_add_bad(ret, code, "%s: the registry cannot be reached", r->host);
		finding_add_line(f, "%s", r->reason.text);
		if (strcmp(code, "tls-untrusted") == 0)
			finding_add_line(f,
			        "docker's daemon needs the CA in "
			        "/etc/docker/certs.d/%s/ca.crt, podman in the system's store",
			        r->host);
	} else if (r->status == 200) {
		findings_add(ret, FINDING_GOOD, "%s: the registry accepts the token%s", r->host,
		        r->is_in_use ? " in use" : "");
	} else if (r->status >= 400 && r->status <= 403) {
		report_refusal(r, is_system, ret);
	} else {
		f = findings_add_bad(
		        ret, "registry-error", "%s: the registry does not work", r->host);
		finding_add_line(f,
		        "it answered HTTP %ld to GET /v2/; check for a proxy that answers instead "
		        "of the registry",
		        r->status);
	}
}

void fetch_check_report_skew(int64_t ahead, struct findings *ret)
{
	struct finding *f;
	char span[64];

	if (llabs(ahead) <= SKEW_SECONDS)
		return;
	f = findings_add_bad(ret, "clock-skew", "this machine's clock is %s %s AWS's",
	        timespan_format(llabs(ahead), span, sizeof(span)),
	        ahead > 0 ? "behind" : "ahead of");
	finding_add_line(f, "requests are signed with AWS's time, but this clock decides whether "
	                    "certificates and tokens have expired");
	finding_add_command(f, "timedatectl set-ntp true; timedatectl status");
}

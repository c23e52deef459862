/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-client.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/timespan.h"
#include "http/backoff.h"
#include "http/http-session.h"
#include "publish/kubernetes/kube-access-find.h"
#include "publish/kubernetes/kube-error.h"

#define REPLY_LIMIT (32 * 1024 * 1024) /* a page of objects */
#define ATTEMPTS 4
#define DEFAULT_PAUSE_USEC (500 * USEC_PER_MSEC)

static int open_session(struct kube_client *c, struct reason *ret_reason)
{
	const struct kube_access *a = &c->access;
	struct http_options options = {.peer = "the API server of Kubernetes",
	        .server_origin = a->server_origin,
	        .trust_origin = a->trust_origin,
	        .ca = a->ca.size > 0 ? &a->ca : NULL,
	        .certificate = a->certificate.size > 0 ? &a->certificate : NULL,
	        .key = a->key.size > 0 ? &a->key : NULL,
	        .server_name = a->server_name,
	        .proxy = a->proxy,
	        .is_insecure = a->is_insecure};

	return http_session_new(&options, &c->session, ret_reason);
}

int kube_client_open(const struct config_kubernetes *config, uint64_t deadline,
        struct kube_client *ret, struct reason *ret_reason)
{
	struct kube_client c = {.config = config, .deadline = deadline};
	int r = kube_access_find(config, deadline, &c.access, ret_reason);

	if (r < 0)
		return r;
	*ret = c;
	return open_session(ret, ret_reason);
}

int kube_client_reopen(struct kube_client *c, struct reason *ret_reason)
{
	const struct config_kubernetes *config = c->config;
	uint64_t deadline = c->deadline;

	kube_client_done(c);
	return kube_client_open(config, deadline, c, ret_reason);
}

static int send_request(struct kube_client *c, const struct kube_request *request, const char *url,
        struct http_reply *ret, struct reason *ret_reason)
{
	const struct kube_access *a = &c->access;
	_cleanup_(freep) struct http_header *headers =
	        xcalloc(3 + a->n_impersonation, sizeof(*headers));
	struct http_request http = {.method = request->method,
	        .url = url,
	        .headers = headers,
	        .body = request->body ? request->body->data : NULL,
	        .body_size = request->body ? request->body->size : 0,
	        .deadline = c->deadline,
	        .reply_limit = REPLY_LIMIT,
	        .session = c->session};

	headers[http.n_headers++] = (struct http_header){
	        "Accept", request->accept ? request->accept : "application/json"};
	if (request->content_type)
		headers[http.n_headers++] =
		        (struct http_header){"Content-Type", request->content_type};
	if (a->authorization.size > 0)
		headers[http.n_headers++] =
		        (struct http_header){"Authorization", secret_string(&a->authorization)};
	for (size_t i = 0; i < a->n_impersonation; i++)
		headers[http.n_headers++] =
		        (struct http_header){a->impersonation[i].name, a->impersonation[i].value};
	return http_call(&http, ret, ret_reason);
}

int kube_call(struct kube_client *c, const struct kube_request *request, struct kube_reply *ret,
        struct reason *ret_reason)
{
	_cleanup_(freep) char *url = xasprintf("%s%s", c->access.server, request->path);
	_cleanup_(http_reply_done) struct http_reply reply = {};
	_kube_reply_ struct kube_reply parsed = {};

	for (unsigned i = 0;; i++) {
		uint64_t pause = DEFAULT_PAUSE_USEC << i;
		int r = send_request(c, request, url, &reply, ret_reason);

		if (r < 0)
			return r;
		if (reply.retry_after > 0)
			pause = (uint64_t)reply.retry_after * USEC_PER_SEC;
		if ((reply.status != 429 && reply.status != 503) || i + 1 == ATTEMPTS ||
		        !backoff_wait(pause, c->deadline))
			break;
		http_reply_done(&reply);
	}
	parsed.status = reply.status;
	parsed.body = json_parse(secret_string(&reply.body), reply.body.size);
	if (reply.status != 200 && reply.status != 201)
		return kube_error_explain(
		        request, reply.status, parsed.body, c->access.user_origin, ret_reason);
	if (!json_object_is_type(parsed.body, json_type_object))
		return reason_set(ret_reason, EPROTO, "broken-reply",
		        "the reply of %s is not JSON; is it the API server of Kubernetes? "
		        "Correct the %s",
		        url, c->access.server_origin);
	*ret = parsed;
	parsed = (struct kube_reply){};
	return 0;
}

void kube_reply_done(struct kube_reply *r)
{
	json_wipep(&r->body);
	*r = (struct kube_reply){};
}

void kube_client_done(struct kube_client *c)
{
	http_session_freep(&c->session);
	kube_access_done(&c->access);
	*c = (struct kube_client){};
}

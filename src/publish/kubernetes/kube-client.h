/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Calls to one API server, which controls its replies. */

#include "base/json.h"
#include "config/config.h"
#include "http/http.h"
#include "publish/kubernetes/kube-access.h"
#include "publish/kubernetes/kube-request.h"

/* One cluster during a run. Several threads may call it at once. */
struct kube_client {
	const struct config_kubernetes *config;
	uint64_t deadline;
	struct kube_access access;
	struct http_session *session;
};

struct kube_reply {
	long status;
	struct json_object *body; /* NULL if it is not JSON */
};

#define _kube_reply_ _cleanup_(kube_reply_done)

/* Finds the cluster and opens a session. Returns 0 or a negative errno with a reason. */
int kube_client_open(const struct config_kubernetes *config, uint64_t deadline,
        struct kube_client *ret, struct reason *ret_reason);

/* Does that again, because keys and tokens may have changed. Not while other threads call. */
int kube_client_reopen(struct kube_client *c, struct reason *ret_reason);

/*
 * Sends a request. Returns 0 and a reply of 200 or 201; or a negative errno with a reason: -EACCES
 * (401), -EPERM (403), -ENOENT (404 of an object), -EEXIST (409), -EBADMSG (422), -ESTALE (410),
 * -EBUSY (429 and 503, after as many attempts as Retry-After and the deadline allow), -EIO (others
 * from 500 on), -EPROTO (the rest, and a reply that is not from Kubernetes), and those of
 * http_call().
 */
int kube_call(struct kube_client *c, const struct kube_request *request, struct kube_reply *ret,
        struct reason *ret_reason);

void kube_reply_done(struct kube_reply *r);
void kube_client_done(struct kube_client *c);

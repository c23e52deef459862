/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Calls to one API server. It controls its replies. */

#include "base/json.h"
#include "config/config.h"
#include "http/http.h"
#include "publish/kubernetes/kube-access.h"
#include "publish/kubernetes/kube-request.h"

/* One cluster, as long as a run takes. Several threads may call it at once. */
struct kube_client {
	const struct config_kubernetes *config;
	uint64_t deadline;
	struct kube_access access;
	struct http_session *session;
};

struct kube_reply {
	long status;
	struct json_object *body; /* NULL where it is no JSON */
};

#define _kube_reply_ _cleanup_(kube_reply_done)

/* Reads how the cluster is reached. Returns 0 or a negative errno with a reason. */
int kube_client_open(const struct config_kubernetes *config, uint64_t deadline,
        struct kube_client *ret, struct reason *ret_reason);

/* Reads it all anew: keys and tokens change. Not while others call. Returns as above. */
int kube_client_reopen(struct kube_client *c, struct reason *ret_reason);

/*
 * Returns 0 and a reply of 200 or 201; or a negative errno with a reason: -EACCES (401), -EPERM
 * (403), -ENOENT (404 of an object), -EEXIST (409), -EBADMSG (422), -ESTALE (410), -EBUSY (429,
 * 503, after as many attempts as Retry-After and the deadline allow), -EIO (any other from 500 on),
 * -EPROTO (the rest, and what is no reply of Kubernetes), and those of http_call().
 */
int kube_call(struct kube_client *c, const struct kube_request *request, struct kube_reply *ret,
        struct reason *ret_reason);

void kube_reply_done(struct kube_reply *r);
void kube_client_done(struct kube_client *c);

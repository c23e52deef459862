/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Explains why an API server refused a request, and how to fix it. */

#include "base/json.h"
#include "base/reason.h"
#include "publish/kubernetes/kube-request.h"

/*
 * Pure. status is not 200 or 201; body is the server's Status object or NULL; user describes our
 * credentials, NULL if there are none. Returns as kube_call(), with a reason.
 */
int kube_error_explain(const struct kube_request *request, long status, struct json_object *body,
        const char *user, struct reason *ret_reason);

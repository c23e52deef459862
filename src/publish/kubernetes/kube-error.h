/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a refusal of an API server means, and what is to be done about it. */

#include "base/json.h"
#include "base/reason.h"
#include "publish/kubernetes/kube-request.h"

/*
 * Pure. status is not 200 or 201, body the server's Status object or NULL; user says who asked.
 * Returns what kube_call() returns, with a reason.
 */
int kube_error_explain(const struct kube_request *request, long status, struct json_object *body,
        const char *user, struct reason *ret_reason);

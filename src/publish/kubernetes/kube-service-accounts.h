/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Adds our Secret to the wanted service accounts, and removes it from others that had it. */

#include "publish/kubernetes/kube-run.h"

/*
 * Does that. If accounts cannot be listed, each is requested by its name. Returns a negative errno
 * with a reason only if no other request would succeed either; accounts that were not reached then
 * have no target.
 */
int kube_service_accounts_update(struct kube_run *run, struct reason *ret_reason);

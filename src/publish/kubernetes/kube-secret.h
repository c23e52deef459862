/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One namespace's Secret. It is only replaced after it was seen to be ours, and only as it was
 * seen: a Secret of another program may hold the only copy of its logins.
 */

#include "publish/kubernetes/kube-run.h"

/*
 * Looks at the Secret of the section in a namespace, and sends it unless it is another program's.
 * may_use_list: the list of the run is recent enough for a first look. A dry section sends nothing.
 * Returns 1 if it is new, 0 if it was there, *ret_reply being what the cluster has now; or a
 * negative errno with a reason: -EEXIST if it changed meanwhile, and another attempt will do.
 */
int kube_secret_send(struct kube_run *run, const struct published_target *target,
        const char *namespace, bool may_use_list, struct kube_object *ret_object,
        struct reason *ret_reason);

/*
 * Removes a Secret that we made, by its name and the record's uid. What another program replaced it
 * with stays, and so does one into which another program wrote a login: if it cannot be seen, only
 * one that has the record's version is removed. Returns 0 if ours is gone, or a negative errno as
 * above.
 */
int kube_secret_remove(struct kube_run *run, const char *namespace, const char *name,
        const struct published_target *target, struct reason *ret_reason);

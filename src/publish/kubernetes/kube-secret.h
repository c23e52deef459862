/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One namespace's Secret. It is replaced only after we saw that it is ours, and only in the version
 * that we saw: a Secret of another program may hold the only copy of its logins.
 */

#include "publish/kubernetes/kube-run.h"

/*
 * Sends the section's Secret to a namespace, unless another program's has its name. may_use_list:
 * the list of the run is recent enough to see that. A dry run sends nothing. Returns 1 if the
 * Secret is new, 0 if it existed, with what the cluster has now in *ret_object; or a negative errno
 * with a reason: -EEXIST if it changed meanwhile, so that another attempt makes sense.
 */
int kube_secret_send(struct kube_run *run, const struct published_target *target,
        const char *namespace, bool may_use_list, struct kube_object *ret_object,
        struct reason *ret_reason);

/*
 * Removes a Secret that we created, by its name and the record's uid. It stays if another program
 * replaced it or wrote a login into it; if it cannot be read, it is removed only in the record's
 * version. Returns 0 if ours is gone, or a negative errno as above.
 */
int kube_secret_remove(struct kube_run *run, const char *namespace, const char *name,
        const struct published_target *target, struct reason *ret_reason);

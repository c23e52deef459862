/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Removal of Secrets that are no longer wanted: after a change of 'secret =' the ones with the old
 * name, after one of 'namespaces' those of other namespaces. Each is removed only after its
 * replacement is in place.
 */

#include "publish/kubernetes/kube-run.h"

/*
 * Decides, after the Secrets were sent, whether namespaces that are no longer wanted lose theirs
 * now (run->keeps_unwanted).
 */
void kube_removal_decide(struct kube_run *run);

/* Deletes the Secrets that we created and that are no longer wanted: the last step of a run. */
void kube_removal_run(struct kube_run *run);

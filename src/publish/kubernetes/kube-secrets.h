/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Secrets of all wanted namespaces. A list of those with our name shows which are missing or
 * were changed; without the right to list, our own record must suffice.
 */

#include "publish/kubernetes/kube-run.h"

/* Sends the Secret to each namespace in which it is missing or differs. */
void kube_secrets_update(struct kube_run *run);

/* Reports, after that, whether the Secret of a namespace is in place and may be referred to. */
bool kube_secrets_are_in_place(const struct kube_run *run, const char *namespace);

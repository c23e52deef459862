/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One section [kubernetes NAME] being served. For kubernetes.c and kube-*.c. */

#include "publish/kubernetes/kube-client.h"
#include "publish/kubernetes/kube-list.h"
#include "publish/sink.h"

#define KUBE_IN_FLIGHT 20
#define KUBE_SECRET "secret"
#define KUBE_ACCOUNT "service-account"

struct kube_run {
	const struct config_sink *sink;
	const struct config_kubernetes *config; /* of the sink */
	struct sink_run *section;
	struct kube_client client;
	struct kube_objects namespaces; /* the ones that are wanted; uid "" where it is not known */
	struct kube_objects secrets;    /* of our name, in the whole cluster */
	bool knows_secrets;             /* we may list them */
	struct kube_objects leaving;    /* namespaces that are being deleted */
	/* Namespaces that are no longer wanted: how many have our Secret, of how many in all. */
	size_t n_left, n_all;
	bool keeps_left; /* nothing is removed there, because */
	bool is_refused; /* that would be too much at once, or else something new is not in place */
};

/* Sends the Secret wherever it is not as it should be. */
void kube_secrets_update(struct kube_run *run);

/* After that: whether the Secret of the namespace is in place, so that it may be referred to. */
bool kube_secrets_are_in(const struct kube_run *run, const char *namespace);

/*
 * After the Secrets were sent: decides whether namespaces that are no longer wanted lose theirs now
 * (keeps_left).
 */
void kube_look_at_left(struct kube_run *run);

/* Last: deletes those that we made and that are no longer wanted, if what replaces them is there.
 */
void kube_secrets_remove(struct kube_run *run);

/* Whether a namespace is one of run->namespaces; whether something in it failed in this run. */
bool kube_is_wanted(const struct kube_run *run, const char *namespace);
bool kube_has_failure(const struct kube_run *run, const char *namespace);

/*
 * Has the service accounts name our Secret, and no longer wanted ones forget it. Where they cannot
 * be listed, each is asked for; only where no other request would do better, returns a negative
 * errno with a reason: those that were not reached have no target then.
 */
int kube_service_accounts_update(struct kube_run *run, struct reason *ret_reason);

/* The namespace of a target's name, "NAMESPACE/NAME"; and the target's name of the two. */
char *kube_namespace_of(const struct published_target *t);
char *kube_target_name(const char *namespace, const char *name);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A run for one section [kubernetes NAME]: what its steps share. */

#include "publish/kubernetes/kube-client.h"
#include "publish/kubernetes/kube-object.h"
#include "publish/sink.h"

struct kube_run {
	const struct config_sink *sink;
	const struct config_kubernetes *config; /* of the sink */
	struct sink_run *sink_run;
	struct kube_client client;
	struct kube_objects namespaces;  /* the wanted ones; uid "" if it is not known */
	struct kube_objects terminating; /* namespaces that are being deleted */
	struct kube_objects secrets;     /* of our name, in the whole cluster */
	bool knows_secrets;              /* we may list them, and did */
	/* Our Secrets in namespaces that are no longer wanted, of all that we have there. */
	size_t n_unwanted, n_secrets;
	bool keeps_unwanted;  /* they stay, because */
	bool is_mass_removal; /* they are too many at once, or else a new one is not in place */
};

/* Reports whether a namespace is a wanted one. */
bool kube_run_wants(const struct kube_run *run, const char *namespace);

/* Reports whether anything in a namespace failed in this run. */
bool kube_run_has_failure(const struct kube_run *run, const char *namespace);

void kube_run_done(struct kube_run *run);

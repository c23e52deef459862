/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a cluster is reached, and as whom: from kubeconfig files, or from the service account of the
 * pod we run in.
 */

#include "base/reason.h"
#include "base/secret.h"
#include "config/config.h"
#include "publish/kubernetes/kubeconfig.h"

struct kube_header {
	char *name, *value;
};

struct kube_access {
	char *server; /* https://HOST:PORT/PATH, without a '/' at its end */
	char *server_origin, *trust_origin, *user_origin; /* for messages */
	char *server_name;                                /* or NULL */
	char *proxy;                                      /* or NULL */
	bool is_insecure;
	char *exposed;               /* a kubeconfig that every user can read or write, or NULL */
	struct secret ca;            /* PEM; empty: the system's */
	struct secret authorization; /* the header's value; empty: none */
	struct secret certificate, key;    /* PEM; empty: none */
	struct kube_header *impersonation; /* who we act as; none: as ourselves */
	size_t n_impersonation;
};

/*
 * Reads all that is needed, and runs what the kubeconfig wants to have run, until deadline
 * (monotonic_now()). Returns 0 or a negative errno with a reason.
 */
int kube_access_find(const struct config_kubernetes *config, uint64_t deadline,
        struct kube_access *ret, struct reason *ret_reason);

void kube_access_done(struct kube_access *a);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How to reach a cluster, and as which user. */

#include <stdbool.h>

#include "base/reason.h"
#include "base/secret.h"

struct kube_header {
	char *name, *value;
};

struct kube_access {
	char *server; /* https://HOST:PORT/PATH, without a trailing '/' */
	char *server_origin, *trust_origin, *user_origin; /* for messages */
	char *server_name;                                /* or NULL */
	char *proxy;                                      /* or NULL */
	bool is_insecure;
	char *exposed;               /* a kubeconfig that every user can read or write, or NULL */
	struct secret ca;            /* PEM; empty: the system's */
	struct secret authorization; /* the header's value; empty: none */
	struct secret certificate, key;    /* PEM; empty: none */
	struct kube_header *impersonation; /* whose rights we act with; none: our own */
	size_t n_impersonation;
};

/* Sends this bearer token with each request. */
void kube_access_set_bearer(struct kube_access *a, const char *token, size_t size);

/*
 * Reads a PEM file. origin names it (a kubeconfig) as what ("client-key"), for messages. Returns 0
 * or a negative errno with a reason.
 */
int kube_access_read_pem(const char *path, const char *origin, const char *what, struct secret *ret,
        struct reason *ret_reason);

void kube_access_done(struct kube_access *a);

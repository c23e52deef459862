/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a section [kubernetes NAME] wants, as the bodies of requests. Pure. */

#include "config/config.h"
#include "publish/kubernetes/kube-object.h"
#include "publish/sink.h"

/* Reports whether a namespace of this name should have the Secret. */
bool kube_spec_wants(const struct config_kubernetes *config, const char *namespace);

/* Reports whether that depends on which namespaces the cluster has. */
bool kube_spec_needs_list(const struct config_kubernetes *config);

/*
 * Appends the Secret for server-side apply to ret. If object is not NULL, Kubernetes refuses it
 * (409) unless the cluster has this object in this version. kept: logins by host, or NULL, of which
 * those stay for which the section has no token.
 */
void kube_spec_secret(const struct config_kubernetes *config, const struct sink_run *sink_run,
        const char *namespace, const struct kube_object *object, struct json_object *kept,
        struct secret *ret);

/* Hashes all of that but what is kept. */
uint64_t kube_spec_hash(const struct config_kubernetes *config, const struct sink_run *sink_run);

/*
 * Appends a merge patch to ret that makes these the pull secrets of a service account, if it still
 * has this version.
 */
void kube_spec_pull_secrets(
        char *const *names, size_t n_names, const char *version, struct secret *ret);

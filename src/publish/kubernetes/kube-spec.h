/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a section [kubernetes NAME] asks for, as Kubernetes wants to hear it. Pure. */

#include "config/config.h"
#include "publish/kubernetes/kube-object.h"
#include "publish/sink.h"

/* Whether this namespace is to have the Secret, as far as its name says. */
bool kube_spec_wants(const struct config_kubernetes *config, const char *namespace);

/* Whether the cluster has to be asked which namespaces there are. */
bool kube_spec_needs_list(const struct config_kubernetes *config);

/*
 * The Secret for server-side apply, appended to ret. If object is not NULL, it is refused (409) as
 * soon as the cluster has another object, or has it otherwise. kept: logins by host, or NULL, of
 * which those stay that the section has no token for.
 */
void kube_spec_secret(const struct config_kubernetes *config, const struct sink_run *section,
        const char *namespace, const struct kube_object *object, struct json_object *kept,
        struct secret *ret);

/* Of everything in that, but for what is kept. */
uint64_t kube_spec_hash(const struct config_kubernetes *config, const struct sink_run *section);

/*
 * A merge patch that makes these the pull secrets of a service account, unless it is no longer at
 * this version. Appended to ret.
 */
void kube_spec_pull_secrets(
        char *const *names, size_t n_names, const char *version, struct secret *ret);

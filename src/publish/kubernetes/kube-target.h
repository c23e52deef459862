/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Targets of a cluster in the record: "NAMESPACE/NAME" of a Secret or a service account. */

#include <stdbool.h>

#include "state/published.h"

#define KUBE_SECRET "secret"
#define KUBE_ACCOUNT "service-account"

/* Returns a target's name, which the caller frees. */
char *kube_target_name(const char *namespace, const char *name);

/* Returns the namespace of a target, which the caller frees. */
char *kube_target_namespace(const struct published_target *t);

/* Returns the name of the object in its namespace; NULL if the record has none. */
const char *kube_target_object(const struct published_target *t);

/* Reports whether a target is in this namespace. */
bool kube_target_is_in(const struct published_target *t, const char *namespace);

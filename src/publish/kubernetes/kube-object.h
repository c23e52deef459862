/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects of a cluster as its API server returns them, with the members that we need. Users who may
 * write in a namespace control its objects.
 */

#include <stdbool.h>

#include "base/json.h"
#include "base/secret.h"

#define KUBE_MANAGER "ecr-refresher"                   /* of the fields that we set */
#define KUBE_MANAGED_BY "app.kubernetes.io/managed-by" /* a label with that value */
#define KUBE_CONTENT ".dockerconfigjson"               /* the key of a Secret's data */

struct kube_object {
	char *namespace; /* "" if it is in none */
	char *name;
	char *uid;
	char *version;         /* resourceVersion */
	bool is_terminating;   /* being deleted */
	bool is_ours;          /* has our label, or a field that we set */
	bool is_content_ours;  /* this or another ecr-refresher applied a Secret's content */
	struct secret content; /* a Secret's docker config.json; empty: none, or metadata only */
	char **pull_secrets;   /* a service account's, by name */
	size_t n_pull_secrets;
};

/* Sorted by namespace and name. */
struct kube_objects {
	struct kube_object *items;
	size_t count;
};

/* Returns the object with this namespace and name, or NULL. */
struct kube_object *kube_objects_find(
        const struct kube_objects *objects, const char *namespace, const char *name);

/* Reports whether any of them has this name, whatever its namespace. */
bool kube_objects_have(const struct kube_objects *objects, const char *name);

/* Sorts them by namespace and name. */
void kube_objects_sort(struct kube_objects *objects);

/* Pure: reads one object. Returns 0, or -EBADMSG if it has no name, uid or version. */
int kube_object_read(struct json_object *json, struct kube_object *ret);

void kube_object_done(struct kube_object *o);
void kube_objects_done(struct kube_objects *o);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads a cluster's objects: one by its name, or lists of them, page by page. */

#include "publish/kubernetes/kube-client.h"
#include "publish/kubernetes/kube-object.h"

struct kube_query {
	const char *resource;       /* "secrets" */
	const char *namespace;      /* NULL: all */
	const char *name;           /* only objects of this name; NULL: all */
	const char *label_selector; /* or NULL */
	bool is_whole;              /* return more than the metadata */
};

/*
 * Lists all objects that the query selects. A list that expires while it is read (410) is read
 * again from the start, at most twice. Returns 0, or as kube_call() with a reason.
 */
int kube_list(struct kube_client *c, const struct kube_query *query, struct kube_objects *ret,
        struct reason *ret_reason);

/* Reads one object. Returns 0, or as kube_call() with a reason; -ENOENT if it does not exist. */
int kube_get(struct kube_client *c, const char *resource, const char *namespace, const char *name,
        struct kube_object *ret, struct reason *ret_reason);

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists of a cluster's objects, page by page. */

#include "publish/kubernetes/kube-client.h"
#include "publish/kubernetes/kube-object.h"

struct kube_query {
	const char *resource;       /* "secrets" */
	const char *namespace;      /* NULL: all */
	const char *name;           /* only the ones of this name; NULL: all */
	const char *label_selector; /* or NULL */
	bool is_whole;              /* more than the metadata is of interest */
};

/*
 * All that the query asks for. A list that expires while it is read (410) is read again from its
 * beginning, twice at most. Returns 0, or as kube_call() with a reason.
 */
int kube_list(struct kube_client *c, const struct kube_query *query, struct kube_objects *ret,
        struct reason *ret_reason);

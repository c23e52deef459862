/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lists of a cluster's objects, page by page. */

#include "publish/kubernetes/kube-client.h"

/* What we want to know of an object. */
struct kube_object {
	char *namespace; /* "" where the object is in none */
	char *name;
	char *uid;
	char *version;        /* resourceVersion */
	bool is_going;        /* being deleted */
	bool is_ours;         /* has our label, or a field that we set */
	bool is_content_ours; /* a Secret's content is what we, or another ecr-refresher, applied */
	struct secret content; /* a Secret's docker config.json; empty: none, or metadata only */
	char **pull_secrets;   /* a service account's, by name */
	size_t n_pull_secrets;
};

/* In the order of namespace and name. */
struct kube_objects {
	struct kube_object *items;
	size_t count;
};

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

/* NULL where there is none. */
struct kube_object *kube_find(
        const struct kube_objects *objects, const char *namespace, const char *name);

/* Pure: reads one object. Returns 0, or -EBADMSG where it has no name, uid or version. */
int kube_object_read(struct json_object *json, struct kube_object *ret);

void kube_object_done(struct kube_object *o);
void kube_objects_done(struct kube_objects *o);

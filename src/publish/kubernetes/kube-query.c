/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-query.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "http/url-encode.h"

#define PAGE "500"
#define MAX_OBJECTS 100000
#define MAX_RESTARTS 2
#define METADATA_ONLY                                                                              \
	"application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"

static void make_path(const struct kube_query *query, const char *token, struct secret *ret)
{
	_secret_ struct secret parameters = {};
	_cleanup_(freep) char *field = NULL;

	secret_set_string(ret, "/api/v1/");
	if (query->namespace) {
		secret_append_string(ret, "namespaces/");
		secret_append_string(ret, query->namespace);
		secret_append_string(ret, "/");
	}
	secret_append_string(ret, query->resource);
	url_append_parameter(&parameters, "limit", PAGE);
	if (query->name) {
		field = xasprintf("metadata.name=%s", query->name);
		url_append_parameter(&parameters, "fieldSelector", field);
	}
	if (query->label_selector)
		url_append_parameter(&parameters, "labelSelector", query->label_selector);
	if (*token)
		url_append_parameter(&parameters, "continue", token);
	secret_append_string(ret, "?");
	secret_append_string(ret, parameters.data);
}

static int fail_list(
        struct kube_client *c, const struct kube_query *query, struct reason *ret_reason)
{
	return reason_set(ret_reason, EPROTO, "broken-reply", "the list of %s from %s is malformed",
	        query->resource, c->access.server);
}

/*
 * "SecretList", "PartialObjectMetadataList". If a proxy replies anything else with 200 (a Status,
 * an empty object), that is not an empty list: for an empty one, all our objects would be removed.
 */
static bool is_list(struct json_object *body)
{
	static const char end[] = "List";
	const char *kind = json_member_string(body, "kind");
	size_t size = kind ? strlen(kind) : 0;

	return size >= strlen(end) && strcmp(kind + size - strlen(end), end) == 0;
}

/* Reads one page, after the continue token, and replaces the token. */
static int read_page(struct kube_client *c, const struct kube_query *query, struct secret *token,
        struct kube_objects *objects, struct reason *ret_reason)
{
	_kube_reply_ struct kube_reply reply = {};
	_secret_ struct secret path = {};
	struct kube_request request = {.method = "GET",
	        .accept = query->is_whole ? NULL : METADATA_ONLY,
	        .verb = "list",
	        .resource = query->resource,
	        .namespace = query->namespace,
	        .name = query->name};
	struct json_object *items;
	const char *next;
	int r;

	make_path(query, secret_string(token), &path);
	request.path = secret_string(&path);
	r = kube_call(c, &request, &reply, ret_reason);
	if (r < 0)
		return r;
	items = json_member(reply.body, "items", json_type_array);
	if (!is_list(reply.body) || (!items && json_object_object_get(reply.body, "items")))
		return fail_list(c, query, ret_reason);
	for (size_t i = 0; items && i < json_object_array_length(items); i++) {
		struct kube_object *o = array_append(&objects->items, &objects->count, sizeof(*o));

		if (objects->count > MAX_OBJECTS ||
		        kube_object_read(json_object_array_get_idx(items, i), o) < 0)
			return fail_list(c, query, ret_reason);
	}
	next = json_member_string(
	        json_member(reply.body, "metadata", json_type_object), "continue");
	secret_set_string(token, next ? next : "");
	return 0;
}

static int read_all(struct kube_client *c, const struct kube_query *query,
        struct kube_objects *objects, struct reason *ret_reason)
{
	_secret_ struct secret token = {};
	int r;

	do
		r = read_page(c, query, &token, objects, ret_reason);
	while (r == 0 && token.size > 0);
	return r;
}

int kube_list(struct kube_client *c, const struct kube_query *query, struct kube_objects *ret,
        struct reason *ret_reason)
{
	_cleanup_(kube_objects_done) struct kube_objects objects = {};
	int r = -ESTALE;

	for (unsigned i = 0; r == -ESTALE && i <= MAX_RESTARTS; i++) {
		kube_objects_done(&objects);
		r = read_all(c, query, &objects, ret_reason);
	}
	if (r < 0)
		return r;
	kube_objects_sort(&objects);
	*ret = objects;
	objects = (struct kube_objects){};
	return 0;
}

int kube_get(struct kube_client *c, const char *resource, const char *namespace, const char *name,
        struct kube_object *ret, struct reason *ret_reason)
{
	_cleanup_(freep) char *path =
	        xasprintf("/api/v1/namespaces/%s/%s/%s", namespace, resource, name);
	_kube_reply_ struct kube_reply reply = {};
	const struct kube_request request = {.method = "GET",
	        .path = path,
	        .verb = "get",
	        .resource = resource,
	        .namespace = namespace,
	        .name = name};
	int r = kube_call(c, &request, &reply, ret_reason);

	if (r < 0)
		return r;
	if (kube_object_read(reply.body, ret) < 0)
		return reason_set(ret_reason, EPROTO, "broken-reply",
		        "%s/%s (%s): the reply is malformed", namespace, name, resource);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-list.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "publish/kubernetes/kube-spec.h"

#define PAGE "500"
#define MAX_OBJECTS 100000
#define MAX_RESTARTS 2
#define METADATA_ONLY                                                                              \
	"application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"

static char *copy(struct json_object *o, const char *key)
{
	const char *s = json_member_string(o, key);

	return s && *s ? xstrdup(s) : NULL;
}

static bool has_content(struct json_object *entry)
{
	struct json_object *fields = json_member(entry, "fieldsV1", json_type_object);
	struct json_object *data = json_member(fields, "f:data", json_type_object);

	return json_member(data, "f:" KUBE_CONTENT, json_type_object) != NULL;
}

/* "Server-Side Apply", Field management: who set what. Our label alone also makes it ours. */
static void read_owner(struct json_object *meta, struct kube_object *o)
{
	struct json_object *labels = json_member(meta, "labels", json_type_object);
	struct json_object *list = json_member(meta, "managedFields", json_type_array);
	const char *label = json_member_string(labels, KUBE_MANAGED_BY);

	o->is_ours = label && strcmp(label, KUBE_MANAGER) == 0;
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *manager = json_member_string(entry, "manager");

		if (!manager || strcmp(manager, KUBE_MANAGER) != 0)
			continue;
		o->is_ours = true;
		o->is_content_ours |= has_content(entry);
	}
}

static void read_content(struct json_object *json, struct kube_object *o)
{
	struct json_object *data = json_member(json, "data", json_type_object);
	const char *text = json_member_string(data, KUBE_CONTENT);

	if (text && base64_decode(text, strlen(text), &o->content) < 0)
		secret_done(&o->content);
}

int kube_object_read(struct json_object *json, struct kube_object *ret)
{
	struct json_object *meta = json_member(json, "metadata", json_type_object);
	struct json_object *list = json_member(json, "imagePullSecrets", json_type_array);
	_cleanup_(kube_object_done) struct kube_object o = {};

	o.namespace = copy(meta, "namespace");
	o.name = copy(meta, "name");
	o.uid = copy(meta, "uid");
	o.version = copy(meta, "resourceVersion");
	o.is_going = json_member_string(meta, "deletionTimestamp") != NULL;
	read_owner(meta, &o);
	read_content(json, &o);
	if (!o.namespace)
		o.namespace = xstrdup("");
	if (!o.name || !o.uid || !o.version)
		return -EBADMSG;
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *name = json_member_string(json_object_array_get_idx(list, i), "name");

		if (name)
			*(char **)array_append(&o.pull_secrets, &o.n_pull_secrets, sizeof(char *)) =
			        xstrdup(name);
	}
	*ret = o;
	o = (struct kube_object){};
	return 0;
}

static void make_path(const struct kube_query *query, const char *token, struct secret *ret)
{
	secret_set_string(ret, "/api/v1/");
	if (query->namespace) {
		secret_append_string(ret, "namespaces/");
		secret_append_string(ret, query->namespace);
		secret_append_string(ret, "/");
	}
	secret_append_string(ret, query->resource);
	secret_append_string(ret, "?limit=" PAGE);
	if (query->name) {
		secret_append_string(ret, "&fieldSelector=metadata.name%3D");
		kube_append_escaped(ret, query->name);
	}
	if (query->label_selector) {
		secret_append_string(ret, "&labelSelector=");
		kube_append_escaped(ret, query->label_selector);
	}
	if (*token) {
		secret_append_string(ret, "&continue=");
		kube_append_escaped(ret, token);
	}
}

static int broken(struct kube_client *c, const struct kube_query *query, struct reason *ret_reason)
{
	return reason_set(ret_reason, EPROTO, "broken-reply",
	        "the list of %s from %s is not as Kubernetes has it", query->resource,
	        c->access.server);
}

/*
 * "SecretList", "PartialObjectMetadataList". Whatever else a proxy answers with 200 (a Status, an
 * empty object) is no list without items: for one of those all that we made would be taken out.
 */
static bool is_list(struct json_object *body)
{
	static const char end[] = "List";
	const char *kind = json_member_string(body, "kind");
	size_t size = kind ? strlen(kind) : 0;

	return size >= strlen(end) && strcmp(kind + size - strlen(end), end) == 0;
}

/* One page. Its continue token goes to token. */
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
		return broken(c, query, ret_reason);
	for (size_t i = 0; items && i < json_object_array_length(items); i++) {
		struct kube_object *o = array_append(&objects->items, &objects->count, sizeof(*o));

		if (objects->count > MAX_OBJECTS ||
		        kube_object_read(json_object_array_get_idx(items, i), o) < 0)
			return broken(c, query, ret_reason);
	}
	next = json_member_string(
	        json_member(reply.body, "metadata", json_type_object), "continue");
	secret_set_string(token, next ? next : "");
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct kube_object *x = a, *y = b;
	int r = strcmp(x->namespace, y->namespace);

	return r ? r : strcmp(x->name, y->name);
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
	if (objects.count > 0)
		qsort(objects.items, objects.count, sizeof(*objects.items), compare);
	*ret = objects;
	objects = (struct kube_objects){};
	return 0;
}

struct kube_object *kube_find(
        const struct kube_objects *objects, const char *namespace, const char *name)
{
	const struct kube_object key = {.namespace = (char *)namespace, .name = (char *)name};

	if (objects->count == 0)
		return NULL;
	return bsearch(&key, objects->items, objects->count, sizeof(key), compare);
}

void kube_object_done(struct kube_object *o)
{
	free(o->namespace);
	free(o->name);
	free(o->uid);
	free(o->version);
	secret_done(&o->content);
	for (size_t i = 0; i < o->n_pull_secrets; i++)
		free(o->pull_secrets[i]);
	free(o->pull_secrets);
	*o = (struct kube_object){};
}

void kube_objects_done(struct kube_objects *o)
{
	for (size_t i = 0; i < o->count; i++)
		kube_object_done(&o->items[i]);
	free(o->items);
	*o = (struct kube_objects){};
}

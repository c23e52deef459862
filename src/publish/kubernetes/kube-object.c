/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"

static char *copy(struct json_object *o, const char *key)
{
	const char *s = json_member_string(o, key);

	return s && *s ? xstrdup(s) : NULL;
}

static bool manages_content(struct json_object *entry)
{
	struct json_object *fields = json_member(entry, "fieldsV1", json_type_object);
	struct json_object *data = json_member(fields, "f:data", json_type_object);

	return json_member(data, "f:" KUBE_CONTENT, json_type_object) != NULL;
}

/* "Server-Side Apply", Field management: which program set which field. Our label also suffices. */
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
		o->is_content_ours |= manages_content(entry);
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
	o.is_terminating = json_member_string(meta, "deletionTimestamp") != NULL;
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

static int compare(const void *a, const void *b)
{
	const struct kube_object *x = a, *y = b;
	int r = strcmp(x->namespace, y->namespace);

	return r ? r : strcmp(x->name, y->name);
}

void kube_objects_sort(struct kube_objects *objects)
{
	if (objects->count > 0)
		qsort(objects->items, objects->count, sizeof(*objects->items), compare);
}

struct kube_object *kube_objects_find(
        const struct kube_objects *objects, const char *namespace, const char *name)
{
	const struct kube_object key = {.namespace = (char *)namespace, .name = (char *)name};

	if (objects->count == 0)
		return NULL;
	return bsearch(&key, objects->items, objects->count, sizeof(key), compare);
}

bool kube_objects_have(const struct kube_objects *objects, const char *name)
{
	for (size_t i = 0; i < objects->count; i++)
		if (strcmp(objects->items[i].name, name) == 0)
			return true;
	return false;
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/kubernetes/kube-target.h"

#include <string.h>

#include "base/alloc.h"

char *kube_target_name(const char *namespace, const char *name)
{
	return xasprintf("%s/%s", namespace, name);
}

char *kube_target_namespace(const struct published_target *t)
{
	return xstrndup(t->name, strcspn(t->name, "/"));
}

const char *kube_target_object(const struct published_target *t)
{
	const char *slash = strchr(t->name, '/');

	return slash ? slash + 1 : NULL;
}

bool kube_target_is_in(const struct published_target *t, const char *namespace)
{
	size_t size = strlen(namespace);

	return strncmp(t->name, namespace, size) == 0 && t->name[size] == '/';
}
